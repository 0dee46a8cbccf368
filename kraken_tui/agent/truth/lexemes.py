"""Words that decide whether a clause claims something that only a record may tell."""

from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import CLAIM, PARTICIPLE, PLAIN, STATE
from kraken_tui.agent.truth.wording import listed

DEIXIS = listed(
    "now already currently today yesterday tonight recently finally anymore still yet ago earlier lately meanwhile "
    "tomorrow meanwhile nowadays"
)
"""Point at the moment: what is said with them is no general rule."""
AT_ONCE = listed("now already just currently")
FRESH = listed("new updated latest fresh recent current remaining")

I_MAY = listed(
    "think suggest recommend prefer believe see understand agree disagree hope wish mean need "
    "want know advise apologise apologize "
    "propose doubt guess expect like love advise refuse regret admit assume depend speak "
    "read-only care answer explain find suspect repeat use rely read base write say lean tend aim focus look "
    "assess count"
)
I_MAY_NOT = listed("confirm assure guarantee promise verify announce report approve certify acknowledge")
YOU_MAY = listed(
    "need want decide choose pay know risk avoid see like prefer trade think mean ask wish "
    "learn understand depend keep save wait watch"
)
IT_MAY = listed(
    "depends means helps matters makes sounds seems looks lets applies happens costs explains "
    "includes tells adds varies "
    "depend mean help matter make sound seem look let apply happen cost explain include tell "
    "add vary takes take gives give pays pay "
    "limits limit reduces reduce protects protect shows show measures measure compares compare "
    "avoids avoid comes come trades trade works work "
    "keeps keep saves save describes describe deserves serves serve"
)
OWNING = listed("own hold have got keep possess")
PERCEIVING = listed("see find notice view check spot watch enjoy look verify discover observe call love")
SAYING = listed(
    "say tell report confirm announce state claim note mention think believe guess assume assure add admit know show"
)
RESTING = listed(
    "rests sits waits stands lies hangs works runs stays remains rest sit wait stand lie hang work run stay remain"
)
REPORTING_HEADS = listed(
    "system tool exchange engine news log ledger record panel screen result results kraken "
    "article status server bot robot"
)
REPORTING = listed(
    "says reports shows confirms tells states indicates returns answers claims say report show confirm tell"
)
SIGNALS = listed(
    "oversold overbought bullish bearish strong weak rising falling cheap expensive undervalued "
    "higher lower hot cold active quiet flat trending "
    "moving dead"
)
"""What a coin may be called only with a number that a tool returned."""
DECIDING = listed(
    "decides decide determines determine defines define depends depend matters matter costs "
    "cost belongs belong tells tell means mean needs need limits limit"
)
CHOICES = listed("choice decision call rest risk")
OFTEN = listed("usually often always never rarely seldom sometimes typically generally normally mostly only")
MARKET_WORDS = listed(
    "price prices market markets volatility spread liquidity trend book volume momentum "
    "connection answer candle regime signal"
)
UNSUPPORTING = listed("check look see wonder ask care wondering curious notice remember like want")
GOOD_BEGINNINGS = listed("not happy here glad sorry sure unsure unable able only afraid an a zyn careful aware")
YOU_ARE = listed(
    "unsure wrong right welcome free comfortable sure able patient careful willing curious new "
    "unclear ready interested worried aware"
)
PLAIN_AFTER_IT = listed(
    "called named based meant known used worth allowed supposed intended expected designed "
    "considered better easier hard defined described measured "
    "calculated computed computed derived recommended required written said"
)
PEOPLE = listed(
    "traders investors people beginners buyers sellers makers takers scalpers speculators "
    "professionals experts users others"
)
EARNING = listed("wins win earns earn gains gain profits profit")
EARNERS = listed("strategy bot account system setup rule autopilot engine scanner plan model")
NO_HEADLINE = listed("yes done ok okay success")


def is_event(token: Token) -> bool:
    """Whether a participle tells that something was done to an order, an account or an engine."""
    return bool(token.kinds & PARTICIPLE and token.kinds & CLAIM and not token.kinds & PLAIN)


def is_state(token: Token) -> bool:
    """Whether a word tells how an order, an account or an engine stands."""
    return bool(token.kinds & STATE)

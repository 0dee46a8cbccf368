"""Every setting, with its default, its unit and its bounds. `config.json` holds exactly these keys."""

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from kraken_tui.config.assistant import (
    OPENAIS_MODEL,
    OPENAIS_NEXT,
    Address,
    Effort,
    Level,
    ModelName,
    ModelNameOrNone,
    Name,
    Provider,
    Tokens,
    Wire,
    disagreement,
)
from kraken_tui.config.assisting import AssistantLimits
from kraken_tui.config.moments import IST, moment_ns
from kraken_tui.config.notifying import (
    EVERYWHERE,
    URGENT,
    DayTime,
    NotifyChannel,
    NotifyEvent,
    Phone,
    QuietHours,
    Sender,
    TwilioUrl,
    WebhookUrl,
    Zone,
)


def _ist_time(text: str) -> str:
    """The same, where it is a time."""
    moment_ns(text, IST)
    return text


Percent = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Money = Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]
Fee = Annotated[Decimal, Field(ge=0, le=5, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
Pair = Annotated[str, Field(pattern=r"^[A-Z0-9.]{1,15}/USDT?$")]
Count = Annotated[int, Field(ge=1, le=10_000)]
Slip = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
IstTime = Annotated[str, AfterValidator(_ist_time)]
Scans = Annotated[int, Field(ge=1, le=1000)]

PAPER_RISK = 0.5
"""Percent of equity that an entry risks where nothing is written."""
KRAKENS_PRIVATE_WS = "wss://ws-auth.kraken.com/v2"


class HeatLimit(BaseModel):
    """How much may be open at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    trades: int = Field(ge=0, le=500, description="Most positions open at once.")
    exposure: float = Field(ge=0, allow_inf_nan=False, description="Most notional open, in percent of equity.")


class DrawdownTier(BaseModel):
    """How much smaller entries are from a drawdown on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    drawdown: float = Field(gt=0, le=100, description="Percent below the high-water mark of the equity.")
    share: float = Field(ge=0, lt=1, description="Of the size that entries have at the mark; 0 stops them.")


DEFAULT_GROUPS: dict[str, list[str]] = {
    "Majors": ["BTC/USD", "ETH/USD", "SOL/USD", "XRP/USD", "ADA/USD", "LTC/USD", "LINK/USD", "AVAX/USD", "DOT/USD"],
    "Memes": ["DOGE/USD", "SHIB/USD", "PEPE/USD", "BONK/USD", "WIF/USD", "FLOKI/USD", "TRUMP/USD", "FARTCOIN/USD"],
    "Alts": [
        "BCH/USD", "XLM/USD", "TRX/USD", "SUI/USD", "NEAR/USD", "ATOM/USD", "UNI/USD", "AAVE/USD", "APT/USD",
        "INJ/USD", "TAO/USD", "XMR/USD", "ZEC/USD",
    ],
}  # fmt: skip


class Settings(BaseModel):
    """The operator's settings. Percent means percent: 0.15 is 0.15 %."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    MODE: Literal["PAPER", "LIVE"] = Field("PAPER", description="PAPER trades on paper; LIVE needs --live as well.")
    MARKET: str = Field("kraken", description="kraken, demo, or a recorded file or folder.")
    PAPER_ACCOUNT: Literal["margin", "cash"] = Field("margin", description="Account type in PAPER.")
    LIVE_ACCOUNT: Literal["margin", "cash"] = Field("cash", description="Account type in LIVE.")
    BASE_LEVERAGE: int = Field(10, ge=1, le=50, description="Leverage in PAPER; each pair's own steps cap it.")
    LIVE_LEVERAGE: int = Field(1, ge=1, le=50, description="Leverage in LIVE; each pair's own steps cap it.")
    POLL_INTERVAL: float = Field(2.0, ge=0.1, le=60, description="Seconds between scans.")

    SYMBOLS: Literal["GROUPS", "ALL_USD"] = Field("GROUPS", description="Scan the grouped pairs, or every USD pair.")
    GROUPS: dict[str, list[Pair]] = Field(DEFAULT_GROUPS, description="Pairs by group; a pair in none is in Alts.")

    VELOCITY_THRESHOLD: float = Field(0.15, gt=0, le=50, description="Percent over the look-back that arms a ticker.")
    VELOCITY_LOOKBACK: Scans = Field(10, description="Scans over which velocity is measured.")
    ARM_PERSISTENCE: Scans = Field(3, description="Consecutive scans over the threshold before an entry.")
    HEAT_THRESHOLD_RISE: Percent = Field(100.0, le=1000, description="Threshold rise at full heat, in percent of it.")
    MAX_JUMP: float = Field(
        25.0, gt=0, le=1000, description="A move between two scans beyond this percent is not armed on."
    )

    RISK_PER_TRADE: Share | None = Field(
        None, description="Percent of equity over the stop distance, before fees. LIVE needs it written; null is 0.5."
    )
    MAX_CAPITAL: Money | None = Field(None, description="Most equity, in USD, that LIVE sizes with, which needs it.")
    DAILY_LOSS_LIMIT: Share | None = Field(
        None, description="Percent of the day's first equity that a day may lose. LIVE needs it written; null is none."
    )
    RESET_TIMEZONE: str = Field("UTC", description="IANA name of the zone whose midnight begins a trading day.")
    MAX_TRADES_PER_DAY: Count | None = Field(None, description="Most entries a day; null is no limit.")
    MAX_TRADES_PER_SYMBOL: Count | None = Field(None, description="Most entries a day in one pair; null is no limit.")
    MAX_LOSSES_IN_A_ROW: Count | None = Field(
        None, description="Losing trades in a row that end a day's entries; null is no limit."
    )
    MAX_ACTIVE_RISK: Share | None = Field(
        4.0, description="Percent of capital that hitting every stop at once may lose; null is no limit."
    )
    DRAWDOWN_TIERS: list[DrawdownTier] = Field(
        [DrawdownTier(drawdown=5, share=0.5), DrawdownTier(drawdown=10, share=0.25)],
        description="Sizes while the equity is below its high-water mark.",
    )
    MAX_SLIPPAGE: Slip | None = Field(
        0.25, description="Percent that one side of an entry may be expected to slip; sizes are cut to it. Null is any."
    )
    FEES_DECIDE: bool = Field(
        True, strict=True, description="Refuse entries whose expected move does not pay the round trip."
    )
    SCANNER_TRADES: bool = Field(True, strict=True, description="Whether the scanner may enter; else it only watches.")
    AUTOPILOT: Literal["off", "observe", "confirm", "auto"] = Field(
        "observe", description="What the autopilot does with its calls: nothing, say them, ask you, or trade them."
    )
    ASSISTANT_LEVEL: Level = Field(
        "confirm",
        description="read proposes nothing, paper acts in PAPER and asks in LIVE, confirm asks, "
        "auto acts within the operator's limits.",
    )
    ASSISTANT_LIMITS: AssistantLimits = Field(AssistantLimits(), description="What auto may do alone.")
    LEARNING: Literal["off", "suggest", "auto-paper", "auto-live"] = Field(
        "suggest", description="What learning may do by itself: nothing, say so, act on paper, act with real money too."
    )
    LEARNING_BLOCK: Literal["4h", "1d"] = Field("4h", description="The time over which shadows are compared.")
    STOP_DISTANCE_MIN: Percent = Field(0.25, le=50, description="Smallest stop distance, in percent of the price.")
    ATR_PERIOD: int = Field(14, ge=2, le=200, description="One-minute bars in the ATR.")
    ATR_MULTIPLE: float = Field(2.0, gt=0, le=50, description="Stop distance in ATRs for prices from $1.00 up.")
    ATR_MULTIPLE_BELOW_ONE: float = Field(3.0, gt=0, le=50, description="Stop distance in ATRs for prices below $1.00.")

    RATCHET_ENTRY: float = Field(
        0.75, gt=0, le=1000, description="Percent of gain at which the stop goes to the entry."
    )
    BREAKEVEN_GAP: Percent = Field(
        0.10, le=100, description="Percent past breakeven at which the stop goes to breakeven."
    )
    RATCHET_LOCK: float = Field(3.0, gt=0, le=1000, description="Percent of gain at which profit is locked.")
    LOCK_PROFIT: Percent = Field(1.5, le=1000, description="Percent of gain that the lock keeps.")
    TRAIL_DISTANCE: float = Field(
        1.0, gt=0, le=100, description="Percent that the stop trails the best price, after the lock."
    )

    TRAIL_STEP: Percent = Field(
        0.1, le=100, description="The trail moves the stop by at least this percent of the price."
    )

    DECAY_RATIO: Percent = Field(20.0, le=100, description="Momentum below this percent of the threshold is fading.")
    DECAY_SCANS: Scans = Field(45, description="Consecutive fading scans before an early exit.")
    REVERSAL_SCANS: Scans = Field(
        3, description="Consecutive scans of opposite velocity over the threshold before an exit."
    )
    COOLDOWN_LOSS: float = Field(120.0, ge=0, le=86400, description="Seconds without entries after a loss.")

    REGIME_WINDOW: Scans = Field(30, description="Scans over which the market regime is smoothed.")
    REGIME_LOW_VOL: Percent = Field(0.02, le=100, description="Mean absolute velocity below this percent is LOW_VOL.")
    REGIME_DISPERSION: Percent = Field(
        0.10, le=100, description="Dispersion of velocities from this percent up is TRENDING."
    )
    REGIME_MIX: Percent = Field(60.0, le=100, description="Sign mix above this percent (0 = all one way) is CHOP.")

    HEAT: HeatLimit = Field(HeatLimit(trades=6, exposure=300), description="Limit over everything.")
    HEAT_GROUPS: dict[str, HeatLimit] = Field(
        {
            "Majors": HeatLimit(trades=3, exposure=200),
            "Memes": HeatLimit(trades=2, exposure=80),
            "Alts": HeatLimit(trades=3, exposure=150),
        },
        description="Limits per group.",
    )

    PAPER_BALANCE: Money = Field(Decimal("10000"), description="Paper balance at the start, in USD.")
    PAPER_MAKER_FEE: Fee = Field(Decimal("0.25"), description="Percent; Kraken's entry tier in 2026.")
    PAPER_TAKER_FEE: Fee = Field(Decimal("0.40"), description="Percent; Kraken's entry tier in 2026.")
    PAPER_MARGIN_FEE: Fee = Field(
        Decimal("0.02"), description="Percent of notional to open on margin, and per 4 hours."
    )
    PAPER_DEPTH: Money = Field(
        Decimal("5000"),
        description="USD standing at the best price where the feed does not tell; "
        "in every mode, for expected slippage.",
    )
    PAPER_IMPACT: Fee = Field(
        Decimal("0.02"),
        description="Percent that each further slice of the book is worse; in every mode, for expected slippage.",
    )
    RECORDED_SPREAD: Percent = Field(0.05, le=5, description="Spread in percent given to recordings without quotes.")

    TRAJECTORY: Literal["all", "active", "off"] = Field(
        "all", description="Rows kept: every ticker, or only those armed, held or changed."
    )
    START_TIME_IST: IstTime | None = Field(
        None, description="Where `history` begins by default, in Indian Standard Time, such as 2026-11-19 09:00."
    )
    END_TIME_IST: IstTime | None = Field(None, description="Where `history` ends by default, in Indian Standard Time.")
    NOTIFY_EVENTS: dict[NotifyEvent, list[NotifyChannel]] = Field(
        EVERYWHERE, description="Where each event is told: sms, webhook, bell; what is left out goes nowhere."
    )
    NOTIFY_SMS_TO: list[Phone] = Field(
        [], max_length=5, description="Phone numbers that get SMS, such as +4915112345678."
    )
    NOTIFY_SMS_FROM: Sender | None = Field(
        None, description="What SMS come from: your Twilio number, a messaging service (MG…) or a sender's name."
    )
    NOTIFY_TWILIO_URL: TwilioUrl = Field(
        "https://api.twilio.com", description="Twilio's own, or an imitation on loopback."
    )
    NOTIFY_WEBHOOK_URL: WebhookUrl | None = Field(
        None, description="Gets each event as JSON; https, or http on loopback."
    )
    NOTIFY_TIMEZONE: Zone | None = Field(
        None, description="IANA name of the operator's zone, for the two below; null is RESET_TIMEZONE."
    )
    NOTIFY_QUIET: QuietHours | None = Field(
        None, description="Hours such as 22:00-07:00 in which what is told waits until they end."
    )
    NOTIFY_REPORT_AT: DayTime | None = Field("20:00", description="When the daily report is told; null is never.")
    NOTIFY_BREAKS_QUIET: list[NotifyEvent] = Field(
        URGENT, description="Events that do not wait for quiet hours to end."
    )
    NOTIFY_PER_HOUR: int = Field(
        20, ge=1, le=200, description="Most messages an hour to each place; urgent events may send as many again."
    )
    GUARD_SILENT: float = Field(
        30.0, ge=5, le=3600, description="Seconds without a sign of life after which the guard says engine down."
    )
    GUARD_RESTART: bool = Field(
        False, strict=True, description="Whether the guard starts an engine again that ended or hangs."
    )

    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Of the text log.")
    EXCHANGE_REST_URL: str = Field(
        "https://api.kraken.com",
        pattern=r"^https?://",
        description="Clients append /0/…; environment and .env come first.",
    )
    EXCHANGE_WS_URL: str = Field(
        "wss://ws.kraken.com/v2",
        pattern=r"^wss?://",
        description="Public WebSocket v2; environment and .env come first.",
    )
    EXCHANGE_WS_AUTH_URL: str = Field(
        KRAKENS_PRIVATE_WS,
        pattern=r"^wss?://",
        description="Private WebSocket v2; left as it is, it follows EXCHANGE_WS_URL to loopback.",
    )
    EXCHANGE_TIER: Literal["starter", "intermediate", "pro"] = Field(
        "starter", description="Verification tier: how many requests Kraken allows."
    )
    VALIDATE: bool = Field(
        False, strict=True, description="LIVE sends every order with validate=true: checked, never placed."
    )
    ALLOW_UNKNOWN_KEY: bool = Field(
        False, strict=True, description="LIVE starts even where Kraken does not tell what the API key may do."
    )

    ASSISTANT: Name = Field("Zyn", description="The assistant's name.")
    OPERATOR: Name = Field("jimmy", description="Whom it speaks to.")
    ASSISTANT_PROVIDER: Provider = Field(
        "openai", description="Whose model answers what the grammar does not; off asks none."
    )
    ASSISTANT_BASE_URL: Address = Field(
        "", description="Where it answers, https or this computer; empty is the provider's own address."
    )
    ASSISTANT_MODEL: ModelName = Field(OPENAIS_MODEL, description="The model.")
    ASSISTANT_SUCCESSOR: ModelNameOrNone = Field(
        OPENAIS_NEXT, description="The model where the provider has switched that one off; empty is none."
    )
    ASSISTANT_WIRE: Wire = Field("auto", description="Chat completions or responses; auto is what suits the model.")
    ASSISTANT_EFFORT: Effort = Field("low", description="How long a reasoning model thinks; others are not told.")
    ASSISTANT_USD_PER_DAY: Money | None = Field(
        Decimal("2.00"), description="Most that answers may cost until RESET_TIMEZONE's midnight; null is no limit."
    )
    ASSISTANT_TOKENS_PER_DAY: Tokens | None = Field(
        1_000_000, description="Most tokens, in and out, until RESET_TIMEZONE's midnight; null is no limit."
    )

    @property
    def account(self) -> Literal["margin", "cash"]:
        """The account type of the mode."""
        return self.PAPER_ACCOUNT if self.MODE == "PAPER" else self.LIVE_ACCOUNT

    @property
    def leverage(self) -> int:
        """The leverage that the mode asks for; each pair's own steps cap it."""
        return self.BASE_LEVERAGE if self.MODE == "PAPER" else self.LIVE_LEVERAGE

    @property
    def risk_percent(self) -> float:
        """Percent of equity that an entry risks; LIVE does not start where it is not written."""
        return PAPER_RISK if self.RISK_PER_TRADE is None else self.RISK_PER_TRADE

    @property
    def active_risk_percent(self) -> float | None:
        """Percent of capital that hitting every stop may lose; at least what one entry risks."""
        return None if self.MAX_ACTIVE_RISK is None else max(self.MAX_ACTIVE_RISK, self.risk_percent)

    def capital(self, equity: Decimal) -> Decimal:
        """The part of `equity` that entries are sized with; quote units."""
        if self.MODE == "PAPER" or self.MAX_CAPITAL is None:
            return equity
        return min(equity, self.MAX_CAPITAL)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.RATCHET_LOCK <= self.RATCHET_ENTRY:
            raise ValueError("RATCHET_LOCK must be above RATCHET_ENTRY")
        if self.LOCK_PROFIT >= self.RATCHET_LOCK:
            raise ValueError("LOCK_PROFIT must be below RATCHET_LOCK: a stop at or past the market can't rest")
        self._agree_on_limits()
        if apart := disagreement(self.ASSISTANT_PROVIDER, self.ASSISTANT_BASE_URL, self.ASSISTANT_MODEL):
            raise ValueError(apart)
        if self.NOTIFY_SMS_TO and self.NOTIFY_SMS_FROM is None:
            raise ValueError("NOTIFY_SMS_TO is written, and NOTIFY_SMS_FROM is not: write the number that sends")
        named = [symbol for symbols in self.GROUPS.values() for symbol in symbols]
        if twice := sorted({symbol for symbol in named if named.count(symbol) > 1}):
            raise ValueError(f"GROUPS names twice: {', '.join(twice)}; each pair belongs to one group")
        if "HEAT_GROUPS" not in self.model_fields_set:
            return self
        if unknown := set(self.HEAT_GROUPS) - set(self.GROUPS) - {"Alts"}:
            raise ValueError(f"HEAT_GROUPS names no group of GROUPS: {', '.join(sorted(unknown))}")
        return self

    def _agree_on_limits(self) -> None:
        try:
            ZoneInfo(self.RESET_TIMEZONE)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"RESET_TIMEZONE {self.RESET_TIMEZONE!r} is no time zone; a name such as Europe/Berlin or UTC is"
            ) from error
        day, symbol = self.MAX_TRADES_PER_DAY, self.MAX_TRADES_PER_SYMBOL
        if day is not None and symbol is not None and symbol > day:
            raise ValueError(f"MAX_TRADES_PER_SYMBOL {symbol} must be at most MAX_TRADES_PER_DAY {day}")
        most, each = self.MAX_ACTIVE_RISK, self.risk_percent
        if "MAX_ACTIVE_RISK" in self.model_fields_set and most is not None and each > most:
            raise ValueError(f"MAX_ACTIVE_RISK {most:g} must be at least RISK_PER_TRADE {each:g}")
        for before, after in pairwise(self.DRAWDOWN_TIERS):
            if after.drawdown <= before.drawdown or after.share >= before.share:
                raise ValueError("DRAWDOWN_TIERS must go down: each deeper drawdown with a smaller share")

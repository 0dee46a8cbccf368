"""Whose model answers, where, and in which words it is asked."""

from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from kraken_tui.agent.llm.models import Wire, known_model
from kraken_tui.config.assistant import OPENAIS_MODEL, OPENAIS_NEXT, is_loopback, safe_address
from kraken_tui.config.model_key import OPENAIS_KEY, OTHERS_KEY
from kraken_tui.config.settings import Settings
from kraken_tui.model.errors import UsageError


class Profile(Struct, frozen=True, kw_only=True):
    """A provider with the model that is asked for."""

    name: str
    base_url: str
    wire: Wire
    model: str
    successor: str
    """The model where the provider has switched `model` off; empty: none."""
    reasoning_effort: str = "low"
    """How long a reasoning model may think before it answers."""
    reasoning: bool = False
    """Whether `model` is one."""
    supports_strict: bool
    """It keeps to the JSON schema of a tool."""
    key_env: str
    """What its key is called in the environment."""
    needs_key: bool

    @property
    def effort(self) -> str:
        """What the provider is told of it; empty: nothing.

        Source: OpenAI refuses function tools with an effort on `/chat/completions`: HTTP 400 unless it is none.
        """
        if not self.reasoning:
            return ""
        return self.reasoning_effort if self.wire is Wire.RESPONSES else "none"


PRESETS: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            name="openai", base_url="https://api.openai.com/v1", wire=Wire.CHAT, model=OPENAIS_MODEL,
            successor=OPENAIS_NEXT, supports_strict=True, key_env=OPENAIS_KEY, needs_key=True,
        ),
        *(
            Profile(
                name=name, base_url=url, wire=Wire.CHAT, model="", successor="", supports_strict=False,
                key_env=OTHERS_KEY, needs_key=False,
            )
            for name, url in (
                ("ollama", "http://127.0.0.1:11434/v1"),
                ("lmstudio", "http://127.0.0.1:1234/v1"),
                ("vllm", "http://127.0.0.1:8000/v1"),
                ("custom", ""),
            )
        ),
    )
}  # fmt: skip


def profile_of(settings: Settings) -> Profile | None:
    """The profile that the settings ask for; None: the model is off.

    Raises:
        UsageError: the address can be overheard, or is none.
    """
    if settings.ASSISTANT_PROVIDER == "off":
        return None
    preset, fixed = PRESETS[settings.ASSISTANT_PROVIDER], settings.ASSISTANT_WIRE != "auto"
    next_is_ours = bool(preset.successor) or settings.ASSISTANT_SUCCESSOR != OPENAIS_NEXT
    profile = msgspec.structs.replace(
        preset,
        base_url=settings.ASSISTANT_BASE_URL or preset.base_url,
        wire=Wire(settings.ASSISTANT_WIRE) if fixed else preset.wire,
        successor=settings.ASSISTANT_SUCCESSOR if next_is_ours else "",
        reasoning_effort=settings.ASSISTANT_EFFORT,
    )
    check_address(profile)
    return with_model(profile, settings.ASSISTANT_MODEL, fixed_wire=fixed)


def check_address(profile: Profile) -> None:
    """Refuse an address over which a key or a conversation could be overheard.

    Raises:
        UsageError: it is neither https nor this computer.
    """
    try:
        if safe_address(profile.base_url):
            return
    except ValueError as error:
        raise UsageError(f"ASSISTANT_BASE_URL is {profile.base_url!r}: {error}") from error
    raise UsageError(f"ASSISTANT_PROVIDER {profile.name} needs ASSISTANT_BASE_URL")


def with_model(profile: Profile, model: str, *, fixed_wire: bool = False) -> Profile:
    """`profile` with another model, spoken to as that one needs it.

    Args:
        profile: the provider, with the effort that its reasoning models are asked for.
        model: the model's name.
        fixed_wire: keep the profile's wire whatever is known of the model.
    """
    known = known_model(model) if profile.name in ("openai", "custom") else None
    wire = profile.wire if known is None or fixed_wire else known.wire
    reasoning = known.reasoning if known is not None else wire is Wire.RESPONSES
    return msgspec.structs.replace(profile, model=model, wire=wire, reasoning=reasoning)


def is_local(profile: Profile) -> bool:
    """Whether this computer answers."""
    return is_loopback(urlsplit(profile.base_url).hostname or "")


def is_free(profile: Profile) -> bool:
    """Whether nobody bills for the model: it runs here, and is not OpenAI's behind a proxy of ours."""
    return is_local(profile) and not profile.needs_key

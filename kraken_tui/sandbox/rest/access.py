"""The private endpoints about keys and tokens, and those that the sandbox refuses to every key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kraken_tui.clock import SECOND
from kraken_tui.model.errors import Misconfigured
from kraken_tui.sandbox.access.keys import PERMISSIONS
from kraken_tui.sandbox.rest.endpoint import PrivateEndpoint

if TYPE_CHECKING:
    from kraken_tui.sandbox.access.keys import ApiKey
    from kraken_tui.sandbox.parts import Parts
    from kraken_tui.sandbox.rest.forms import Params


def get_websockets_token(parts: Parts, key: ApiKey, params: Params) -> dict[str, Any]:
    """A token for the private channels and order methods of the WebSocket, and its seconds to live."""
    return {"token": parts.tokens.issue(key), "expires": int(parts.tokens.lifetime_s)}


def get_api_key_info(parts: Parts, key: ApiKey, params: Params) -> dict[str, Any]:
    """What the key is and may do; numbers and times (unix seconds, `0` = none) are text.

    Kraken's documentation spells the fields `apiKeyName`, answers that were seen `api_key_name`: the policy `key_info`
    decides.
    """
    created = str(key.created_ns // SECOND)
    told: dict[str, Any] = {
        "api_key_name": key.name,
        "api_key": key.key,
        "nonce": str(parts.keys.nonce_of(key)),
        "nonce_window": str(key.nonce_window),
        "permissions": [each for each in PERMISSIONS if each in key.permissions],
        "iban": "",
        "valid_until": "0",
        "query_from": "0",
        "query_to": "0",
        "created_time": created,
        "modified_time": created,
        "ip_allowlist": [],
        "last_used": str(parts.keys.last_used_ns(key) // SECOND),
    }
    if parts.policies.key_info == "camel":
        return {_camel(name): value for name, value in told.items()}
    return told


def refuse(parts: Parts, key: ApiKey, params: Params) -> Any:
    """Money cannot be moved in or out of the sandbox, whatever the key may do."""
    raise Misconfigured("EGeneral:Permission denied")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


REFUSED = (
    "AccountTransfer",
    "CreateSubaccount",
    "DepositAddresses",
    "DepositMethods",
    "DepositStatus",
    "Earn/Allocate",
    "Earn/AllocateStatus",
    "Earn/Allocations",
    "Earn/Deallocate",
    "Earn/DeallocateStatus",
    "Earn/Strategies",
    "Stake",
    "Unstake",
    "WalletTransfer",
    "Withdraw",
    "WithdrawAddresses",
    "WithdrawCancel",
    "WithdrawInfo",
    "WithdrawMethods",
    "WithdrawStatus",
)
"""Kraken's methods about funding and earning."""

ACCESS: dict[str, PrivateEndpoint] = {
    "GetApiKeyInfo": PrivateEndpoint(get_api_key_info),
    "GetWebSocketsToken": PrivateEndpoint(get_websockets_token, any_of=frozenset({"create-ws-token"})),
    **{name: PrivateEndpoint(refuse) for name in REFUSED},
}

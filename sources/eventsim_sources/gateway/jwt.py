"""May this token in? The claims of a JSON Web Token against an issuer, an audience and the time.

A signature is verified if the keys are known; PyJWT does that. Where nobody has given keys, the claims count alone:
nothing may be fetched from an issuer.
"""

import base64
import json
from collections.abc import Collection, Mapping
from typing import Any

from eventsim import ConfigurationError, load_json

_ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "HS256", "HS384", "HS512", "PS256"]


class TokenRefused(Exception):  # noqa: N818 - a fact, as the field says it
    """A token is not let in; the text says why."""


def claims_of(token: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return a token's claims.

    Args:
        keys: a JSON Web Key Set, or nothing.

    Raises:
        TokenRefused: it is no token, or its signature is wrong.
    """
    if keys.get("keys"):
        return _verified(token, keys["keys"])
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenRefused("the token has no three parts")
    try:
        claims = load_json(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        raise TokenRefused("the token's claims are no JSON") from None
    if not isinstance(claims, dict):
        raise TokenRefused("the token's claims are no object")
    return claims


def _verified(token: str, keys: list[Mapping[str, Any]]) -> dict[str, Any]:
    try:
        import jwt as pyjwt
    except ImportError:
        raise ConfigurationError("signatures of tokens are verified by PyJWT: pip install 'eventsim[apis]'") from None
    library: Any = pyjwt
    try:
        key_id = library.get_unverified_header(token).get("kid")
        key = next((each for each in keys if each.get("kid") == key_id), keys[0] if len(keys) == 1 else None)
        if key is None:
            raise TokenRefused(f"no key has the id {key_id!r}")
        options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
        claims: dict[str, Any] = library.decode(
            token, library.PyJWK(dict(key)), algorithms=_ALGORITHMS, options=options
        )
    except library.PyJWTError as error:
        raise TokenRefused(str(error)) from error
    return claims


def check_claims(claims: Mapping[str, Any], *, issuer: str, audience: Collection[str], now_s: float) -> None:
    """See that a token is meant for us, and valid now.

    Raises:
        TokenRefused: it is not.
    """
    if claims.get("iss") != issuer:
        raise TokenRefused("the issuer claim is wrong")
    given = claims.get("aud", claims.get("client_id"))
    named = given if isinstance(given, list) else [given]
    if audience and not any(each in audience for each in named):
        raise TokenRefused("the audience claim is wrong")
    if claims.get("exp") is None:
        raise TokenRefused("the token does not say when it expires")
    for name in ("exp", "nbf", "iat"):
        at = claims.get(name)
        if at is not None and not _holds(name, at, now_s):
            raise TokenRefused("the token has expired" if name == "exp" else f"the token's {name} does not hold now")


def _holds(name: str, at: object, now_s: float) -> bool:
    if isinstance(at, bool) or not isinstance(at, int | float):
        return False
    return at > now_s if name == "exp" else at <= now_s


def scopes_of(claims: Mapping[str, Any]) -> list[str]:
    """Return what a token allows: `scope` or `scp`, a text or a list."""
    given = claims.get("scope") or claims.get("scp") or ""
    return [str(each) for each in given] if isinstance(given, list) else str(given).split()


def as_texts(claims: Mapping[str, Any]) -> dict[str, str]:
    """Return claims as a function gets them: texts, lists as `[a b]`."""
    return {name: _text(value) for name, value in claims.items()}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{' '.join(map(_text, value))}]"
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))

"""AppConfig's numbers, with where they are from."""

POLL_INTERVAL_S = 60
"""When a client shall ask again, unless its session says otherwise (known from practice)."""
TOKEN_LIFE_S = 24 * 3600
"""For how long a token can be used (documented)."""
REVERT_S = 72 * 3600
"""For how long a completed deployment can be taken back (documented)."""
PAGE_MAX = 50
"""How much a list tells at once (documented)."""
TAGS_MAX = 50
"""How many tags one thing bears (documented)."""

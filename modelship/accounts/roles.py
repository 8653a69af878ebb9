"""Who may do what: one ladder of roles, one word for each thing that a door can ask for."""

ROLES = ("viewer", "annotator", "reviewer", "manager", "owner")
ROLE_CHOICES = [(role, role.capitalize()) for role in ROLES]
# The lowest role that may do each thing.
NEEDS = {
    "view": "viewer",
    "annotate": "annotator",
    "review": "reviewer",
    "manage": "manager",
    "own": "owner",
}
SCOPES = ("all", *NEEDS)


def role_allows(role: str, need: str) -> bool:
    return ROLES.index(role) >= ROLES.index(NEEDS[need])


def scopes_allow(scopes: frozenset[str] | None, need: str) -> bool:
    """None means a person at the keyboard: nothing narrows the role."""
    return scopes is None or "all" in scopes or need in scopes


def scopes_within(scopes: list[str], role: str) -> bool:
    """A key never exceeds its maker."""
    return all(scope == "all" or role_allows(role, scope) for scope in scopes)

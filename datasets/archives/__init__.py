"""Archives that strangers made, read without trusting a word of them. Pure.

`members` lists and opens what is inside, one after the other, within limits that count what really comes out.
"""

from datasets.archives.kinds import kind_of_name, sniffed
from datasets.archives.members import Member, members
from datasets.archives.refusals import ArchiveRefused, Limits

__all__ = ["ArchiveRefused", "Limits", "Member", "kind_of_name", "members", "sniffed"]

"""Kinds of entries about accounts, sign-ins, keys, and what was seen or erased of personal data."""

from __future__ import annotations

from townhall.journal.kind import Kind

PEOPLE = (
    Kind("account.changed", ("field",), "A staff account was created or changed."),
    Kind("unit.entered", ("what",), "A unit was entered in the district's tree."),
    Kind("unit.changed", ("fields",), "A unit's name, place in the tree or contact was changed."),
    Kind("unit.closed", (), "A unit was closed or merged: its record stays, nothing new is given to it."),
    Kind("unit.reopened", (), "A closed unit stands again."),
    Kind("token.issued", ("may_sign",), "An API token was issued."),
    Kind("token.revoked", (), "An API token was revoked."),
    Kind("signon.began", ("sign_in",), "A member of staff signed in with the right password."),
    Kind("signon.proved", ("sign_in", "means", "device"), "The second factor was shown, on this device."),
    Kind("signon.lapsed", ("sign_in", "why"), "What was proved no longer counts: idle or locked."),
    Kind("signon.ended", ("sign_in", "how"), "A sign-in ended."),
    Kind("signon.factor_added", ("means",), "A second factor was added."),
    Kind("signon.factor_removed", ("means",), "A second factor was taken back by its owner."),
    Kind("signon.codes_made", (), "Ten new recovery codes were made; older ones no longer open."),
    Kind("signon.device_registered", ("device", "mobile"), "Staff pages open on this device from anywhere."),
    Kind("signon.device_released", ("device",), "They no longer do."),
    Kind("signon.password_changed", (), "A member of staff chose a new password; other sign-ins ended."),
    Kind("signon.locked_out", (), "A password was wrong so often that the account waits."),
    Kind("signon.factors_reset", (), "A person's second factors were taken away, to be bound anew."),
    Kind("contact.seen", ("question", "reason"), "A person looked at an asker's contact data."),
    Kind("contact.exported", (), "A citizen took out the own data, by receipt and mobile."),
    Kind(
        "contact.erased",
        ("questions", "held", "rows"),
        "Contact data were deleted at their owner's wish; those of `held` questions when the legal hold is lifted.",
    ),
    Kind("threat.kept", ("days", "connection"), "A threat was kept, sealed, with or without its connection."),
    Kind("threat.seen", ("reason",), "A person opened what was kept of a threat."),
    Kind("threats.erased", ("threats", "held"), "Threats kept long enough were deleted, but for those held."),
    Kind("seal.key_made", ("keys",), "A new key seals contact data; the older ones still open them."),
    Kind("seal.renewed", ("rows",), "A batch of sealed data was sealed anew under the newest key."),
    Kind("seal.keys_retired", ("keys",), "Older keys were forgotten: nothing is sealed under them any more."),
    Kind("log.sealed", ("digest", "lines"), "The newest hash of the program's own log, once a day."),
)

"""An evening in which every field that is not public carries a word found nowhere else."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from tests.fixtures import GOOD_ANSWER
from townhall.following import citizen_actions as following
from townhall.following import links
from townhall.following.models import Follow
from townhall.hours import planning
from townhall.hours.models import OfficeHour
from townhall.kernel import clock
from townhall.kernel.errors import Refused
from townhall.kernel.secrets import decrypt
from townhall.observers import actions as observers
from townhall.observers import citizen_actions as observing
from townhall.observers.models import Call
from townhall.people import actions as people
from townhall.people import identity
from townhall.questions import asking, citizen_actions, remarks
from townhall.questions.models import Question

if TYPE_CHECKING:
    from tests.fixtures import District


@dataclass
class Plants:
    """Words by where they were put."""

    district: District
    secret: dict[str, str] = field(default_factory=dict)
    public: dict[str, str] = field(default_factory=dict)
    serial: int = 0

    def _word(self, kind: str) -> str:
        self.serial += 1
        return f"{kind}{self.serial:03}X"

    def hide(self, what: str) -> str:
        """A word that nobody outside may ever read."""
        return self.secret.setdefault(what, self._word("HIDDEN"))

    def show(self, what: str) -> str:
        """A word that anybody must be able to read."""
        return self.public.setdefault(what, self._word("SHOWN"))

    def cover(self, about: str) -> None:
        """What was public until now is not any longer."""
        for what in [what for what in self.public if what.startswith(about)]:
            self.secret[what] = self.public.pop(what)

    # -- walking -------------------------------------------------------------------------------------

    def ask(self, title: str, text: str, name: str, **fields: Any) -> Question:
        return self.district.ask(f"{text} 路灯坏了。", title=f"{title} 路灯", display_name=name, **fields)

    def hidden_question(self, about: str, **fields: Any) -> Question:
        return self.ask(
            self.hide(f"{about}: title"), self.hide(f"{about}: text"), self.hide(f"{about}: name"), **fields
        )

    def shown_question(self, about: str, **fields: Any) -> Question:
        return self.ask(
            self.show(f"{about}: title"), self.show(f"{about}: text"), self.show(f"{about}: name"), **fields
        )

    def does(self, name: str, verb: str, question: Question, **data: Any) -> Question:
        if verb in {"decline", "reopen", "uphold", "edit", "assign", "designate", "return", "send_back", "withhold",
                    "restore", "urgent", "release", "correct"}:  # fmt: skip
            data.setdefault("note", self.hide(f"note of {verb}"))
        return self.district.does(name, verb, question, **data)

    def assigned(self, question: Question) -> Question:
        groups = self.district.groups
        return self.does("moderator", "assign", question, lead=groups[0].id, assisting=[groups[1].id])

    def drafted(self, question: Question, word: str, promise: str = "", **data: Any) -> Question:
        unit = self.district.units[0].id
        items = [{"text": f"{promise} 12月15日前完成", "unit": unit, "due": "2026-12-15"}] if promise else []
        return self.does(
            "member1", "draft", question, text=f"{GOOD_ANSWER}{word} {items[0]['text'] if items else ''}",
            outcome="promised" if promise else "answered", commitments=items, **data,
        )  # fmt: skip

    def signed(self, question: Question, **data: Any) -> Question:
        question = self.does("lead1", "submit", question)
        return self.does("mayor", "sign", question, version=question.draft_version, **data)


def plant(district: District) -> Plants:
    """Fill the hour; it must be live."""
    plants = Plants(district)
    _people(plants)
    _hours(plants)
    _asked_but_not_screened(plants)
    _on_the_way(plants)
    _answered(plants)
    _private(plants)
    _around(plants)
    _observers(plants)
    _followers(plants)
    return plants


def _people(plants: Plants) -> None:
    """Who works on it is nobody's business, except who signs."""
    for name, account in plants.district.accounts.items():
        signs = name in {"mayor", "deputy"}
        account.name = plants.show(f"name of {name}") if name == "mayor" else plants.hide(f"name of {name}")
        account.email = f"{plants.hide(f'mail of {name}')}@example.org"
        if signs and name == "deputy":
            account.name = "副区长甲"
        account.save()
    plants.secret.pop("name of deputy", None)


def _hours(plants: Plants) -> None:
    hour = plants.district.hour
    planning.edit_words(
        hour, introduction=plants.show("hour: introduction"), opening_words=plants.show("hour: opening")
    )
    planning.introduce(
        hour,
        [{"name": plants.show("leader: name"), "office": "区长", "remit": plants.show("leader: remit")}],
        [{"title": plants.show("material: title"), "summary": plants.show("material: summary")}],
    )
    planned = planning.create_hour(
        slug="2027-01", title=plants.hide("planned hour: title"), topic=plants.hide("planned hour: topic"),
        starts_at=hour.starts_at + timedelta(days=60), date_reason=plants.hide("planned hour: reason of the date"),
    )  # fmt: skip
    rehearsed = planning.create_hour(
        slug="rehearsal", title=plants.hide("rehearsal: title"), starts_at=hour.starts_at, rehearsal=True,
        identity="open",
    )  # fmt: skip
    plants.secret["rehearsal: key"] = rehearsed.secret
    OfficeHour.objects.filter(id=rehearsed.id).update(stage="live")
    announced = planning.create_hour(
        slug="2026-12", title="第 17 期", topic=plants.show("announced hour: topic"), identity="open",
        starts_at=hour.starts_at + timedelta(days=20), date_reason="另定",
    )  # fmt: skip
    OfficeHour.objects.filter(id=announced.id).update(stage="announced")
    answers_only = planning.create_hour(
        slug="2026-10", title="第 18 期", identity="open", publish_at="answer",
        starts_at=hour.starts_at - timedelta(days=20), date_reason="另定",
    )  # fmt: skip
    OfficeHour.objects.filter(id=answers_only.id).update(stage="live")
    for row in (rehearsed, announced, answers_only):
        row.refresh_from_db()
        payload = {name: plants.hide(f"{row.slug}: {name}") for name in ("display_name", "title", "text")}
        asked = citizen_actions.ask(asking.parse(row, payload))
        Question.objects.filter(id=asked.id).update(status="accepted", accepted_at=clock.now())
        plants.secret[f"{row.slug}: receipt"] = asked.receipt
    assert planned.stage == "planned"


def _asked_but_not_screened(plants: Plants) -> None:
    plants.hidden_question("received", idempotency_key=plants.hide("idempotency key"))
    withdrawn = plants.does("moderator", "accept", plants.hidden_question("withdrawn"))
    citizen_actions.withdraw(plants.district.receipt(withdrawn))
    declined = plants.hidden_question("declined")
    plants.does(
        "moderator", "decline", declined, code="petition", handed_to=plants.hide("handed to"),
        handed_at=clock.now().isoformat(), fill={"ref": plants.hide("fill: ref"), "phone": plants.hide("fill: phone")},
    )  # fmt: skip
    plants.does("coordinator", "confirm_decline", declined)
    citizen_actions.appeal(plants.district.receipt(declined), {"text": plants.hide("appeal: text")})
    plants.does("moderator2", "uphold", declined)
    unclear = plants.hidden_question("supplemented")
    plants.does(
        "moderator", "decline", unclear, code="unclear", fill={"missing": plants.hide("fill: missing")}
    )
    citizen_actions.supplement(plants.district.receipt(unclear), {"text": plants.hide("supplement")})
    merged = plants.hidden_question("merged before it was accepted")
    root = plants.does("moderator", "accept", plants.shown_question("root"))
    plants.does("moderator", "merge", merged, into=root.id)
    for about, begin in (("urgent when received", ()), ("urgent when assigned", ("accept", "assign"))):
        question = plants.hidden_question(about)
        if begin:
            plants.assigned(question)
            plants.drafted(question, plants.hide(f"{about}: draft"))
        plants.does("clerk", "urgent", question, handed_to=plants.hide("urgent: handed to"))


def _on_the_way(plants: Plants) -> None:
    district = plants.district
    accepted = plants.does("moderator", "accept", plants.shown_question("accepted"))
    plants.does("moderator", "flag", accepted, about_official=True, unit=district.units[2].id)
    edited = plants.hidden_question("before the edit")
    Question.objects.filter(id=edited.id).update(display_name="路人")
    plants.secret.pop("before the edit: name")
    plants.does("moderator", "accept", edited)
    plants.does(
        "moderator", "edit", edited, title=plants.show("edited: title"), text=plants.show("edited: text")
    )
    assigned = plants.assigned(plants.shown_question("assigned"))
    plants.drafted(assigned, plants.hide("unsigned draft"), promise=plants.hide("unsigned promise"))
    plants.does("member2", "contribute", assigned, text=plants.hide("contribution"))
    unit = people.create_unit(plants.hide("proposed unit"), "department")
    plants.does("mayor", "convene", assigned, units=[district.units[1].id])
    plants.does(
        "assistant", "close_convening", assigned, result=plants.hide("convening: result"),
        present=plants.hide("convening: present"),
    )  # fmt: skip
    plants.does("editor", "note", assigned, text=plants.hide("note by itself"))
    submitted = plants.assigned(plants.shown_question("submitted"))
    plants.drafted(submitted, plants.hide("sent back draft"))
    plants.does("lead1", "submit", submitted)
    plants.does("mayor", "send_back", submitted)
    plants.drafted(
        submitted,
        plants.hide("submitted draft"),
        verdict="noted",
        verdict_reason=plants.hide("unsigned verdict"),
    )
    plants.does("lead1", "submit", submitted)
    returned = plants.assigned(plants.shown_question("returned"))
    plants.does("member1", "return", returned, reason_code="not_ours", proposed_unit=unit.id)


def _answered(plants: Plants) -> None:
    question = plants.assigned(plants.shown_question("answered"))
    plants.drafted(question, plants.hide("overwritten draft"))
    question = plants.drafted(
        question, plants.hide("drafter's words"), promise=plants.show("answered: promise"),
        progress=plants.show("answered: progress"), measures=plants.show("answered: measures"), verdict="partly",
        verdict_reason=plants.show("answered: verdict reason"),
    )  # fmt: skip
    question = plants.does("lead1", "submit", question)
    changed = (
        f"{GOOD_ANSWER}{plants.show('answered: answer')} {plants.public['answered: promise']} 12月15日前完成"
    )
    question = plants.does("mayor", "change", question, version=question.draft_version, text=changed)
    question = plants.does("mayor", "sign", question, version=question.draft_version)
    plants.does("lead1", "correct", question, text=f"{GOOD_ANSWER}{plants.hide('unsigned correction')}")
    corrected = plants.signed(
        plants.drafted(plants.assigned(plants.shown_question("corrected")), plants.show("replaced words"))
    )
    corrected = plants.does(
        "lead1", "correct", corrected, text=f"{GOOD_ANSWER}{plants.show('corrected words')}"
    )
    plants.does("mayor", "sign", corrected, version=corrected.draft_version)
    empty = plants.assigned(plants.shown_question("overridden"))
    plants.does("member1", "draft", empty, text="您好！您的留言已收悉。", outcome="answered")
    empty = plants.does("lead1", "submit", empty, override_reason=plants.hide("reason to submit"))
    plants.does(
        "mayor", "sign", empty, version=empty.draft_version, override_reason=plants.hide("reason to sign")
    )
    restored = plants.signed(
        plants.drafted(plants.assigned(plants.shown_question("restored")), plants.show("restored answer"))
    )
    plants.does("deputy", "withhold", restored, code="minor")
    plants.does("coordinator", "restore", restored)
    plants.public["answered: id"] = f"/questions/{question.id}/"


def _private(plants: Plants) -> None:
    OfficeHour.objects.filter(id=plants.district.hour.id).update(allow_private=True)
    question = plants.hidden_question("private", reply_privately=True)
    plants.secret.pop("private: name")  # the stub shows that somebody asked, under the chosen name
    plants.assigned(question)
    plants.drafted(question, plants.hide("private: answer"), promise=plants.hide("private: promise"))
    plants.signed(question)


def _around(plants: Plants) -> None:
    """Mobiles, receipts, comments, clarifications."""
    district = plants.district
    hour = OfficeHour.objects.get(id=district.hour.id)
    plants.secret["mobile of a caller"] = "13800001111"
    payload = {
        "display_name": "王阿姨",
        "text": plants.show("by phone"),
        "channel": "phone",
        "mobile": "13800001111",
    }
    typed = citizen_actions.ask(asking.parse(hour, payload, typed_by=district.accounts["clerk"].id))
    plants.does("moderator", "accept", Question.objects.get(id=typed.id))
    plants.secret["receipt of a caller"] = typed.receipt
    codes: list[str] = []
    keep: Any = lambda _mobile, code, _key: codes.append(code)  # noqa: E731 - one line of a sender
    identity.CODE_SENDER.append(keep)
    identity.start_verification("13912345678")
    identity.CODE_SENDER.remove(keep)
    token, _until = identity.confirm_verification("13912345678", codes[0])
    plants.secret |= {"mobile of a verified person": "13912345678", "verification": token}
    plants.secret["mobile in a text"] = "13655554444"
    shown = plants.ask(
        "电话", f"{plants.show('masked text')}请打 13655554444 找我", "13655554444", verification=token
    )
    plants.does("moderator", "accept", shown)
    answered = Question.objects.get(id=int(plants.public.pop("answered: id").split("/")[2]))
    for state, shown_to_all in (("accept", True), ("decline", False), ("", False)):
        about = f"answered: comment {state or 'unscreened'}"
        put = plants.show if shown_to_all else plants.hide
        words = {"display_name": put(f"{about} name"), "text": put(f"{about} text")}
        row = citizen_actions.comment(answered.id, words)
        if state:
            remarks.screen_comment(district.actor("editor"), state, row.id)
    for signs in (True, False):
        put = plants.show if signs else plants.hide
        words = {name: put(f"clarification {name} {signs}") for name in ("rumour", "fact", "source")}
        row_ = remarks.draft_clarification(district.actor("editor"), {**words, "dated": "2026-11-30"})
        if signs:
            remarks.sign_clarification(district.actor("mayor"), row_.id)
    for question_id, receipt in district.asked.items():
        plants.secret[f"receipt of {question_id}"] = receipt


def _observers(plants: Plants) -> None:
    """People who applied to watch, in every state; what is public of them are hashes and approved minutes."""
    district = plants.district
    hour = OfficeHour.objects.get(id=district.hour.id)
    coordinator = district.actor("coordinator")
    OfficeHour.objects.filter(id=hour.id).update(stage="announced")
    with clock.steer(hour.starts_at - timedelta(days=9)):
        wall = [clock.local(hour.starts_at - timedelta(days=days)).isoformat() for days in (8, 7, 6)]
        observers.perform(
            coordinator, "open",
            {"quota": "2", "place": plants.show("observers: place"), "conditions": plants.show("observers: conditions"),
             "closes_at": wall[0], "source": plants.show("observers: source"), "source_at": wall[1]},
        )  # fmt: skip
        receipts = [_applies(plants, number) for number in range(4)]
    plants.secret["observers: lot's secret"] = decrypt(Call.objects.get(hour=hour).secret_sealed)
    with clock.steer(hour.starts_at - timedelta(days=8)):
        observers.perform(coordinator, "close", {})
    with clock.steer(hour.starts_at - timedelta(days=7)):
        observers.perform(coordinator, "draw", {"value": "3 8 16 12", "value_again": "3 8 16 12"})
        plants.secret.pop("observers: lot's secret")  # revealed by the draw, as promised
        observers.perform(coordinator, "invite", {"confirm_by": wall[2]})
        for receipt, verb in zip(receipts, ("confirm", "decline", "withdraw"), strict=False):
            with suppress(Refused):
                observing.answer(hour.id, receipt, verb)
    OfficeHour.objects.filter(id=hour.id).update(stage="live")
    observers.note_point(coordinator, {"text": plants.hide("observers: point not registered")})
    point = observers.note_point(coordinator, {"text": plants.hide("observers: registered, not screened")})
    observers.register_point(coordinator, point.id)
    # Whose name is gone cannot be looked for: the third has withdrawn.
    names = "、".join(plants.secret[f"observers: name {number}"] for number in (0, 1, 3))
    observers.write_minutes(coordinator, {"minutes": plants.show("observers: minutes") + names})
    observers.approve_minutes(coordinator)


def _followers(plants: Plants) -> None:
    """Who follows what is nobody's business, whether they agreed or only asked."""
    mobile = plants.secret.setdefault("follower: mobile", "13700009876")
    contact = identity._contact(identity.keyed_hash("mobile", mobile), mobile, clock.now())
    token = identity.token_for(contact, clock.now() + timedelta(hours=1))
    following.follow_by_sms("subject", "education", token)
    plants.secret["follower: stop link"] = links.token_of(Follow.objects.get(), links.STOP)
    address = plants.secret.setdefault("follower: mail", f"{plants._word('hidden').lower()}@example.org")
    settings.EMAIL_HOST = "mail.example"
    try:
        following.follow_by_mail("subject", "education", address)
    finally:
        settings.EMAIL_HOST = ""


def _applies(plants: Plants, number: int) -> str:
    district = plants.district
    mobile = plants.secret.setdefault(f"observers: mobile {number}", f"1370000123{number}")
    contact = identity._contact(identity.keyed_hash("mobile", mobile), mobile, clock.now())
    token = identity.token_for(contact, clock.now() + timedelta(hours=1))
    applied = observing.apply(
        district.hour.id,
        {"name": plants.hide(f"observers: name {number}"), "words": plants.hide(f"observers: words {number}"),
         "consents": ["contact", "list", "talk"], "form_key": f"planted{number}", "verification": token},
    )  # fmt: skip
    plants.secret |= {
        f"observers: receipt {number}": applied.receipt,
        f"observers: salt {number}": applied.salt,
    }
    return applied.receipt

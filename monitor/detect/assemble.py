"""Candidates of one article put together: one event for all sentences that tell of it, with everybody who was there."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from monitor.detect.candidates import Candidate, evidence, party_list, place_of, province_of
from monitor.detect.names import Actor
from monitor.detect.parties import same
from monitor.detect.places import province_kind, province_name
from monitor.detect.records import Event, Instrument, Party
from monitor.detect.story import HEAD, Sentence, Story
from monitor.detect.vietnamese import bare

_GENERAL = ("chuong trinh hop tac", "van kien", "van ban", "noi dung")
_SUMMARY = 3  # words; "văn kiện hợp tác" sums up what longer titles name
_LOOSE = (["hop", "tac"], ["mou"], ["van", "ban"], ["van", "kien"], ["hop", "tac", "quoc", "te"])
_PERSONS = 14  # of one side; a list of guests is no news


def events(story: Story, meetings: list[Candidate], signings: list[Candidate]) -> tuple[Event, ...]:
    """The article's events in the order it tells them."""
    met, signed = _merged(meetings), _merged(signings)
    _date_from_table(met, signed)
    return tuple(_event(story, candidate) for candidate in [*met, *signed])


def _date_from_table(met: list[Candidate], signed: list[Candidate]) -> None:
    """A signing that tells no day took place at the one meeting the article reports in the same country."""
    held = [m for m in met if m.status == "held"]
    days = {c.when.text: c.when for m in held for c in (m, *m.others) if c.when and c.when.day}
    for one in signed:
        dated = any(c.when and c.when.day for c in (one, *one.others))
        if not dated and len(days) == 1 and all(_countries(m) & _countries(one) for m in held):
            one.when = next(iter(days.values()))


def _merged(candidates: list[Candidate]) -> list[Candidate]:
    """Each event once: a later sentence on the same event lends its words to the first."""
    kept: list[Candidate] = []
    for candidate in _without_summary(candidates):
        for known in kept:
            if _one(known, candidate):
                known.others.append(candidate)
                break
        else:
            kept.append(candidate)
    return kept


def _without_summary(candidates: list[Candidate]) -> list[Candidate]:
    """A headline on guests of two countries gives way to the sentences that tell of each."""
    told = [frozenset(_countries(c)) for c in candidates if not c.sentence.title]
    each = {countries for countries in told if len(countries) == 1}
    return [c for c in candidates if not (c.sentence.title and len(_countries(c)) > 1 and len(each) > 1)]


def _one(a: Candidate, b: Candidate) -> bool:
    """Whether two sentences tell of one event."""
    if a.status != b.status and not (a.sentence.title or b.sentence.title):
        return False
    if a.sentence.section != b.sentence.section and not a.sentence.title:
        return False
    if a.when and b.when and a.when.day and b.when.day and not _overlap(a, b):
        return False
    ours, theirs = _countries(a), _countries(b)
    if ours and theirs and not ours & theirs:
        return False
    if a.kind == "signing" or a.sentence.title or b.sides.context:
        return True
    return _regions_meet(a, b)


def _overlap(a: Candidate, b: Candidate) -> bool:
    assert a.when is not None
    assert b.when is not None
    return a.when.text <= (b.when.end or b.when.text) and b.when.text <= (a.when.end or a.when.text)


def _countries(c: Candidate) -> set[str]:
    return {a.country for a in c.sides.foreign if a.country}


def _regions_meet(a: Candidate, b: Candidate) -> bool:
    """Different foreign regions on one day are different meetings."""
    ours = {x.region for x in a.sides.foreign if x.region}
    theirs = {x.region for x in b.sides.foreign if x.region}
    return not ours or not theirs or bool(ours & theirs)


def _event(story: Story, first: Candidate) -> Event:
    told = [first, *first.others]
    head = next((c for c in told if not c.sentence.title), first)
    vn, foreign = _people(story, told)
    dated = next((c.when for c in told if c.when and c.when.day), None) or next((c.when for c in told if c.when), None)
    status = head.status
    instruments = _instruments(told)
    province = next((p for c in told if (p := province_of(story, c.sides, c.sentence))), None)
    country = _country(told, foreign) or _country_told(story, first)
    where = next((found for c in told if (found := place_of(c.sentence))), None)
    return Event(
        kind=first.kind,
        subtype=_subtype(told, instruments),
        status=status,
        scope="provincial" if any(c.sides.scope == "provincial" for c in told) else "national",
        date=dated.text if dated else None,
        date_end=dated.end if dated else None,
        place=where.name if where else None,
        province=province,
        country=country,
        foreign_region=next((a.region for c in told for a in c.sides.foreign if a.region), None)
        or next((a.region for a in foreign if a.region), None),
        vietnamese_side=_with_province(vn, party_list(vn), province),
        foreign_side=party_list(foreign),
        instruments=tuple(instruments),
        evidence=tuple(evidence(c.sentence) for c in told[:4]),
        confidence=_confidence(told),
        reason=first.reason,
        code=_code(first.kind, _subtype(told, instruments), where, country),
    )


def _confidence(told: list[Candidate]) -> float:
    """The best sentence, and a little more when headline and lead agree."""
    best = max(c.score for c in told)
    if any(c.sentence.title for c in told) and any(0 < c.sentence.order <= 2 for c in told):
        best += 0.08
    return round(min(0.98, max(0.05, best)), 2)


def _subtype(told: list[Candidate], instruments: list[Instrument]) -> str:
    if told[0].kind == "signing":
        types = [i.type for i in instruments if i.type != "other"]
        if any(c.subtype == "twinning" for c in told) or _becomes_twin(told, instruments):
            return "twinning"
        return types[0] if types else told[0].subtype
    return told[0].subtype


def _becomes_twin(told: list[Candidate], instruments: list[Instrument]) -> bool:
    """A document without a name of its own in an article whose head speaks of twinning."""
    if any(len(i.title.split()) > _SUMMARY - 1 for i in instruments):
        return False
    return any("kết nghĩa" in c.sentence.page.words.low[:400] for c in told)


def _country(told: list[Candidate], foreign: list[Actor]) -> str | None:
    votes = Counter(a.country for c in told for a in c.sides.foreign if a.country)
    if not votes:
        votes = Counter(a.country for a in foreign if a.country)
    return votes.most_common(1)[0][0] if votes else None


def _country_told(story: Story, first: Candidate) -> str | None:
    """The foreign country that headline and lead speak of most, where the guest's own name does not tell it."""
    head = [s for s in story.sentences if s.section == first.sentence.section and s.order <= HEAD]
    votes = Counter(p.country for s in head for a in s.actors for p in a.places if p.side == "foreign" and p.country)
    return votes.most_common(1)[0][0] if votes else None


def _instruments(told: list[Candidate]) -> list[Instrument]:
    """Each document once; a general mention gives way to the list that details it."""
    found: list[Instrument] = []
    for candidate in sorted(told, key=lambda c: (-len(c.instruments), c.sentence.title, told.index(c))):
        # within one sentence two documents may bear one title; a later sentence repeats the document
        news = [i for i in candidate.instruments if not any(_repeats(i, known) for known in found)]
        found += news
    named = [i for i in found if i.title]
    detailed = [i for i in named if len(i.title.split()) > _SUMMARY and not bare(i.title).startswith(_GENERAL)]
    kept = (detailed if len(detailed) > 1 else named) or found
    return [i for i in kept if not any(_sums_up(i, other) for other in kept)]


def _sums_up(one: Instrument, other: Instrument) -> bool:
    """ "hợp tác", "Biên bản ghi nhớ (MOU)" beside the document's full title."""
    short, long = bare(one.title).split(), bare(other.title).split()
    if one is other or len(short) >= len(long):
        return False
    return short in _LOOSE or set(short) <= set(long)


def _repeats(one: Instrument, known: Instrument) -> bool:
    if not one.title or same(one.title, known.title):
        return True
    return (
        one.type == known.type
        and bool(set(one.parties[1]) & set(known.parties[1]))
        and one.parties[0] == known.parties[0]
    )


def _people(story: Story, told: list[Candidate]) -> tuple[list[Actor], list[Actor]]:
    """Both sides of all its sentences, then the persons the article says were there."""
    detailed = max(len(c.instruments) for c in told)
    tellers = [c for c in told if len(c.instruments) == detailed] if detailed > 1 else told
    vn = [a for c in tellers for a in c.sides.vn]
    foreign = [a for c in tellers for a in c.sides.foreign]
    if told[0].kind == "meeting" and told[0].status != "upcoming":
        section = next((c.sentence.section for c in told if not c.sentence.title), 0)
        countries = {country for c in told for country in _countries(c)}
        for sentence in story.section(section)[:40]:
            for actor in _attending(sentence):
                if countries and actor.side == "foreign" and actor.country and actor.country not in countries:
                    continue  # the guest of another meeting
                side = vn if actor.side == "vn" else foreign
                if len(side) < _PERSONS + 10:
                    side.append(actor)
    return vn, foreign


def _with_province(actors: list[Actor], parties: tuple[Party, ...], province: str | None) -> tuple[Party, ...]:
    """ "UBND tỉnh" alone does not say whose: the province is added to it, or stands beside what else is named."""
    if province is None or any(a.province and not a.generic for a in actors):
        return parties
    kind, name = province_kind(province), province_name(province)
    whole = tuple(replace(p, name=f"{p.name} {name}") if _of_the(p, kind) else p for p in parties)
    return whole if whole != parties else (*parties, Party(name, "locality"))


def _of_the(party: Party, kind: str) -> bool:
    """ "UBND tỉnh", "Thường trực HĐND tỉnh": closed by the kind of the province, and no name behind it."""
    return party.type == "agency" and bare(party.name).endswith(f" {bare(kind)}")


def _attending(sentence: Sentence) -> list[Actor]:
    """Persons of a sentence; one without a side of their own belong to the side named in front of them."""
    found: list[Actor] = []
    current = ""
    for actor in sentence.actors:
        if actor.side and actor.headed:
            current = actor.side
        if actor.type == "person":
            side = actor.side or current
            if side:
                found.append(replace(actor, side=side))
    return found


def _code(kind: str, subtype: str, place: Actor | None, country: str | None) -> str:
    """CAMEO number and PLOVER word: who travels to whom shows in the place."""
    if kind == "signing":
        return "057 AGREE"
    if subtype == "online":
        return "041 CONSULT"
    if place is not None and place.country not in ("", "VN", country):
        return "044 CONSULT"  # in a third country
    if place is not None and place.side:
        return "042 CONSULT" if place.side == "foreign" else "043 CONSULT"
    return {"visit": "042 CONSULT", "courtesy_call": "043 CONSULT"}.get(subtype, "040 CONSULT")

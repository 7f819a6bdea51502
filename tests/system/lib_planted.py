# lib_planted.py: a region with facts planted for who reads it: what is late, what will be, what travels, what nobody has done yet.
# Never checks what is read.
from lib_story import *  # noqa: E402,F403

TRUCK = "藏G·样0101/yellow"
MORNING = "2026-05-20T09:00"


@contextlib.contextmanager
def planted():
    """Wednesday 09:00. The north's two bags passed their 48 hours at 08:00; the south and the east have until Thursday evening, one bag
    of the south is infectious; the hospital's two are on the truck, the south's manifest is issued, the garage has a drum of oil."""
    with region() as here:
        here.usual()
        here.profile("cn-medical")
        for name, division in (("north", 540423), ("south", 540423), ("east", 540424)):
            here.party(name, "generator", division, "52", site="village_clinic")
            here.place(name, kind="village_point", division=str(division))
            here.device(name, name, "generator,admin")
        here.party("garage", "generator", 540402, site="workshop", sector="O8111")
        here.place("garage", division="540402")
        here.device("foreman", "garage", "generator,admin")
        here.on("bureau", "open-ledger")
        here.at("2026-05-18T08:00")
        here.packed = here.pack("north", ("N1", 1000), ("N2", 2000))["entry"]
        here.at("2026-05-19T18:00")
        here.pack("south", ("S1", 4000))
        here.pack("south", ("S2", 300), epidemic=True)
        here.pack("east", ("E1", 500))
        here.pack("foreman", ("O1", 180000), waste="900-214-08", package="drum")
        here.pack("ward", ("H1", 2000), ("H2", 3000))
        loaded = here.issue("ward", "hospital", "plant", "carrier", TRUCK, [("841-001-01", 5000, 2)])
        here.trip = here.depart("driver", TRUCK, "plant")
        here.loaded = here.load("driver", here.trip, loaded["id"], "hospital", ["H1", "H2"])["entry"]
        issued = here.issue("south", "south", "plant", "carrier", TRUCK, [("841-001-01", 4000, 1)])
        here.manifest, here.later = loaded["number"], issued["number"]
        here.manifest_id = loaded["id"]
        here.at(MORNING)
        yield here


SHARED = contextlib.ExitStack()


def reading():
    """One planted region for all stories that only read."""
    if not hasattr(reading, "here"):
        reading.here = SHARED.enter_context(planted())
    return reading.here


def of(here, party, code):
    return "%s/%s" % (here.parties[party], code)


def day_of(here, party, day):
    return "%s %s" % (here.parties[party], day)


def one(answer):
    """A listing is one document."""
    assert len(answer.lines) == 1, [sorted(line) for line in answer.lines]
    return answer.lines[0]


def rfc3339(at_us):
    return datetime.datetime.fromtimestamp(at_us / 1000000, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%S.%fZ") if at_us else ""


def cell(value):
    return str(int(value)) if isinstance(value, (bool, int)) else value


def same(row, item, numbers=(), times=(), plain=(), nested=()):
    """A row of TSV and the item of JSON that it stands for; what JSON leaves out is 0 or empty."""
    told = {name: cell(item.get(name, 0)) for name in numbers}
    told.update({name: rfc3339(item.get(name, 0)) for name in times})
    told.update({name: item.get(name, "") for name in plain})
    told.update({name: value for name, value in nested})
    assert row == told, (row, told)


def in_order(text, words):
    """Each word stands in the text, behind the one before."""
    at = 0
    for word in words:
        found = text.find(word, at)
        assert found >= 0, (word, text[at:])
        at = found + len(word)

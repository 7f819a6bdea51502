# test_paper.py: what people hang on a bin or hold in a hand: labels, forms and sheets, drawn by custody-paper and read again by
# programs that know nothing of us: zbarimg for QR codes, pdftotext for words, pdftoppm for pages.
# Never compares pixels: fonts differ; where things stand and what they say does not.
import os
import re
import shutil
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_story import *  # noqa: E402,F403
from lib_wire import Skipped  # noqa: E402

PAPER = os.path.join(BUILD, "custody-paper")
TRUCK = "藏G·样0101/yellow"
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def reads(*words):
    return subprocess.run(words, capture_output=True, timeout=DEADLINE, check=True).stdout


def codes(image):
    """The texts of an image's QR codes, as any reader sees them."""
    done = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", image], capture_output=True,
                          timeout=DEADLINE, check=False)
    return sorted(done.stdout.decode().splitlines())


def size_of(image):
    """Width and height of a PNG in pixels."""
    with open(image, "rb") as file:
        return struct.unpack(">II", file.read(24)[16:24])


def pages(pdf):
    """A list of pages: (width and height in points, words)."""
    boxes = [(float(w), float(h)) for w, h in re.findall(rb"size: +([\d.]+) x ([\d.]+)", reads("pdfinfo", "-l", "99", pdf))]
    texts = reads("pdftotext", "-layout", pdf, "-").decode().split("\f")[:-1]
    assert len(boxes) == len(texts), (boxes, len(texts))
    return list(zip(boxes, texts))


def picture(pdf, page=1, dpi=150):
    """A page as an image, by another program than the one that drew it."""
    stem = "%s-page%d" % (pdf[:-4], page)
    reads("pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-gray", "-singlefile", pdf, stem)
    return stem + ".pgm"


def squeezed(text):
    return re.sub(r"\s+", "", text)


def check_character(body):
    """ISO 7064, hybrid, 33 and 32: written anew from the sentence in roll.h."""
    product = 32
    for c in body:
        product = 2 * (((product + DIGITS.index(c)) % 32) or 32) % 33
    return DIGITS[(33 - product) % 32]


def labels_say_what_was_packed(here):
    here.at("2026-05-18T08:00")
    here.pack("ward", ("A1", 5000), ward="内一科")
    here.pack("ward", ("B/2", 400), waste="841-002-01")
    at = here.daemon.path
    here.on("ward", "label", "A1", "-o", at("a.png"), "--by", "演示员")
    assert codes(at("a.png")) == [here.parties["hospital"] + "/A1"], codes(at("a.png"))
    assert size_of(at("a.png")) == (1181, 945), size_of(at("a.png"))  # 100 x 80 mm at 300 dpi

    told("with no network the device's own records say it, and the unit's name is remembered")
    here.pack("ward", ("A2", 6000), ward="外二科", offline=True)
    here.on("ward", "label", "A2", "-o", at("b.pdf"), offline=True)
    (box, text), = pages(at("b.pdf"))
    assert abs(box[0] - 283.46) < 0.1 and abs(box[1] - 226.77) < 0.1, box
    for word in ("感染性废物", "841-001-01", "示例·hospital", "外二科", "6.000kg", "2026-05-1808:00", "A2", "医疗废物"):
        assert word in squeezed(text), (word, text)
    assert codes(picture(at("b.pdf"))) == [here.parties["hospital"] + "/A2"]

    told("a sheet of them, and what another waste asks for")
    for i in range(4):
        here.pack("gate", ("Y%d" % i, 180000), waste="900-214-08", place="LK-1", offline=True)
    here.on("gate", "label", *["Y%d" % i for i in range(4)], "--sheet", "-o", at("c.pdf"), "--name", "废机油",
            "--hazard", "T,I", "--form", "液态", "--contact", "演示员 000-1234", offline=True)
    (box, text), = pages(at("c.pdf"))
    assert abs(box[0] - 595.3) < 0.1 and abs(box[1] - 841.9) < 0.1, box
    assert len(codes(picture(at("c.pdf")))) == 4
    for word in ("危险废物", "废机油", "HW08", "900-214-08", "液态", "毒性", "易燃性", "数字识别码", "180.000kg"):
        assert squeezed(text).count(word) >= 4, (word, text)
    here.on("gate", "label", "Y1", "--size", "200", "-o", at("d.pdf"), "--contact", "演示员 000-9999", offline=True)
    (box, text), = pages(at("d.pdf"))
    assert abs(box[0] - 566.93) < 0.1, box
    here.on("driver", "label", "--roll", 1, "-o", at("d.pdf"))
    assert "示例·carrier" in pages(at("d.pdf"))[0][1]
    here.on("ward", "label", "none", "-o", at("e.pdf"), offline=True, exit_code=1)
    here.on("ward", "label", "A1", "-o", at("e.txt"), offline=True, exit_code=2)
    assert not os.path.exists(at("e.pdf")) and not os.path.exists(at("e.txt"))


def rolls_never_repeat(here):
    at = here.daemon.path
    seen = []
    for name, count, ref in (("1", 7, "week-20"), ("2", 6, None), ("again", 7, "week-20"), ("3", 1, "week-21")):
        here.on("ward", "label", "--roll", count, "--sheet", "-o", at("roll%s.pdf" % name),
                *(["--ref", ref] if ref else []), offline=True)
        texts = [text for _, text in pages(at("roll%s.pdf" % name))]
        found = re.findall(r"\bR[0-9A-Z]{6}-[0-9A-Z]{6}\b", "\n".join(texts))
        assert len(found) == count, (name, found)
        for code in found:
            assert check_character(code[:7] + code[8:13]) == code[13], code
        if name == "again":
            assert found == seen[:7], "the same ref gives the same roll"
        else:
            assert not set(found) & set(seen), "a code came twice"
            seen += found
    here.on("ward", "label", "--roll", 8, "--ref", "week-20", "-o", at("no.pdf"), offline=True, exit_code=1)
    here.on("ward", "label", "--roll", 0, "-o", at("no.pdf"), offline=True, exit_code=2)
    assert not os.path.exists(at("no.pdf"))
    first = codes(picture(at("roll1.pdf")))
    assert here.parties["hospital"] + "/" + seen[0] in first, first

    told("a code is scanned with its party, and a wrong character is noticed before anything is signed")
    here.pack("ward", (here.parties["hospital"] + "/" + seen[0], 900), offline=True)
    kept = here.on("ward", "label", seen[0], "-o", at("f.pdf"), offline=True)
    assert kept.code == 0
    wrong = seen[1][:-1] + ("0" if seen[1][-1] != "0" else "1")
    said = here.on("ward", "pack", "--place", "ZC-1", "--container",
                   "code=%s,waste_code=841-001-01,mass=1kg,mass_source=weighed,package=bag" % wrong, offline=True,
                   exit_code=2)
    assert "check character" in said.complaint, said.complaint
    said = here.on("driver", "load", "--trip", "00" * 32, "--generator", here.parties["hospital"], "--stop",
                   here.parties["hospital"] + "/ZC-1", "--container", "code=%s/A1" % here.parties["plant"],
                   offline=True, exit_code=2)
    assert "this statement's generator" in said.complaint, said.complaint


def a_days_work(here):
    """Two bags and a box from a ward to the plant; gives the manifest and the trip."""
    here.at("2026-05-18T09:00")
    here.pack("ward", ("F1", 5000), ("F2", 3000), ward="内一科")
    here.pack("ward", ("S1", 400), waste="841-002-01")
    manifest = here.issue("ward", "hospital", "plant", "carrier", TRUCK,
                          [("841-001-01", 8000, 2), ("841-002-01", 400, 1)])
    here.at("2026-05-18T10:00")
    trip = here.depart("driver", TRUCK, "plant")
    here.at("2026-05-18T10:40")
    here.load("driver", trip, manifest["id"], "hospital", ["F1", "F2", "S1"])
    here.at("2026-05-18T14:00")
    here.receive("gate", trip, manifest["id"], "hospital", verdicts=[(c, "accepted") for c in ("F1", "F2", "S1")])
    here.confirm("gate", manifest["id"], [8000, 400])
    return manifest, trip


def verified(here, pdf, name):
    """The QR code of a page, saved as a file, through custody verify: what it says, and that one other byte is noticed."""
    (text,) = [subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", picture(pdf)],
                              capture_output=True, timeout=DEADLINE, check=True).stdout.decode()]
    path = here.daemon.path(name)
    vkey = here.on("bureau", "hello")["ledger_vkey"]
    lines = text.rstrip("\n").split("\n")  # a reader adds a line's end or takes it
    at = next(i for i, line in enumerate(lines) if re.fullmatch(r"index \d+|\d+", line))  # an entry's number, a tree's size
    for is_whole in (False, True):
        told_lines = lines if is_whole else lines[:at] + [lines[at] + "0"] + lines[at + 1:]
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(told_lines) + "\n")
        answer = here.on("bureau", "verify", path, "--ledger", vkey, offline=True, exit_code=0 if is_whole else 5)
    return answer


def forms_are_filled_in_and_verify(here):
    manifest, trip = a_days_work(here)
    at = here.daemon.path
    here.on("ward", "form", manifest["number"], "-o", at("form.pdf"))
    (box, text), = pages(at("form.pdf"))
    assert abs(box[0] - 595.3) < 0.1 and abs(box[1] - 841.9) < 0.1, box
    words = squeezed(text)
    for word in ("危险废物转移联单", "第一部分危险废物移出信息", "第二部分危险废物运输信息", "第三部分危险废物接受信息",
                 manifest["number"], "示例·hospital", "示例·carrier", "示例·plant", "藏G·样0101", "841-002-01", "HW01",
                 "0.0080", "0.0084", "2026-05-1810:40", "2026-05-1814:00", "Y10", "演示数据"):
        assert word in words, (word, text)
    assert words.index("第一部分") < words.index("第二部分") < words.index("第三部分")
    proved = verified(here, at("form.pdf"), "proof")
    assert proved["act"] == "issue_manifest" and proved["id"] == manifest["id"], proved.lines

    told("the trip's card, with and without the ledger")
    here.on("driver", "form", "--trip", trip[:12], "-o", at("trip.pdf"))
    (_, text), = pages(at("trip.pdf"))
    for word in ("医疗废物运送登记卡", "示例·hospital", "8.00", "0.40", "8.40", "合计", "藏G·样0101", "2026-05-1810:40"):
        assert word in squeezed(text), (word, text)
    assert verified(here, at("trip.pdf"), "proof")["act"] == "depart"
    here.on("driver", "form", "--trip", trip, "-o", at("trip2.pdf"), offline=True)
    assert "12540402DEM" in pages(at("trip2.pdf"))[0][1]
    here.on("driver", "form", "--trip", "ff00", "-o", at("none.pdf"), exit_code=1)

    told("the month's sheet")
    here.on("ward", "form", "--month", "2026-05", "--receiver", "示例·plant", "-o", at("month.pdf"))
    (_, text), = pages(at("month.pdf"))
    row = next(line for line in text.splitlines() if line.strip().startswith("2026-05-18"))
    assert row.split() == ["2026-05-18", "2", "8.00", "1", "0.40"], row
    assert "医疗废物专用" in squeezed(text) and "示例·plant" in text
    assert verified(here, at("month.pdf"), "note")["size"] > 0

    told("an answer on paper")
    for device, *words in (("bureau", "today"), ("ward", "dossier"), ("bureau", "report", "month", "2026-05"),
                           ("bureau", "trace", "--manifest", manifest["id"])):
        pdf = at(words[0] + ".pdf")
        here.on(device, *words, "--paper", pdf)
        said = squeezed("".join(text for _, text in pages(pdf)))
        shown = [line.split() for line in here.read(device, *words).splitlines() if line.strip()]
        lost = [word for line in shown for word in line if squeezed(word) not in said]
        assert len(lost) * 20 < sum(map(len, shown)), (words, lost)
    assert len(pages(at("today.pdf"))) == 1
    assert verified(here, at("today.pdf"), "note")["size"] > 0
    here.on("ward", "pack", "--paper", at("no.pdf"), exit_code=2)
    assert not os.path.exists(at("no.pdf")) and not os.path.exists(at("none.pdf"))


def what_cannot_be_drawn_leaves_no_file(here):
    label = {"style": "medical", "width_mm": 100, "height_mm": 80, "text_mm": 3.3, "title": "感染性废物", "code": "A", "qr": "A",
             "hazards": [], "groups": [{"rows": [{"cells": [["重量", ""]]}]}]}
    bare = here.daemon.path("fonts.conf")
    with open(bare, "w", encoding="utf-8") as file:
        file.write("<fontconfig><dir>%s</dir></fontconfig>" % here.daemon.path("none"))
    for code, words, changed, environment in (
            (0, "", {}, {}), (4, "QR code", {"qr": "x" * 3000}, {}), (4, "20 mm", {"width_mm": 300}, {}),
            (4, "fonts-wqy-microhei", {}, {"FONTCONFIG_FILE": bare})):
        path = here.daemon.path("drawn.pdf")
        done = subprocess.run([PAPER, "-o", path], input=json.dumps({"kind": "labels", "labels": [{**label, **changed}]}),
                              capture_output=True, text=True, timeout=DEADLINE, env={**os.environ, **environment}, check=False)
        assert done.returncode == code and words in done.stderr, (done.returncode, done.stderr)
        assert os.path.exists(path) == (code == 0)
        if code == 0:
            os.remove(path)
    for text, code in (("{", 2), ("[]", 4), ('{"kind": "poster"}', 4), ('{"kind": "labels", "labels": 3}', 4)):
        done = subprocess.run([PAPER, "-o", path], input=text, capture_output=True, text=True, timeout=DEADLINE, check=False)
        assert done.returncode == code and not os.path.exists(path), (text, done.returncode)

    told("a device without the package is told its name")
    os.mkdir(here.daemon.path("bin"))
    alone = here.daemon.path("bin/custody")
    shutil.copy(os.path.join(BUILD, "custody"), alone)
    done = subprocess.run([alone, "--home", here.daemon.path("home-ward"), "--offline", "label", "--roll", "1", "-o", path],
                          capture_output=True, text=True, timeout=DEADLINE, env={**os.environ, "PATH": os.path.dirname(alone)}, check=False)
    assert done.returncode == 1 and "apt-get install custody-paper" in done.stderr, (done.returncode, done.stderr)


def on_one_ledger():
    """All cases, one after the other, of one region: founding it takes longer than drawing."""
    lacking = [p for p in (PAPER, "zbarimg", "pdftotext", "pdftoppm") if shutil.which(p) is None]
    if lacking:
        raise Skipped("not here: " + " ".join(lacking))
    with region() as here:
        here.usual()
        here.on("bureau", "open-ledger")
        for case in (labels_say_what_was_packed, rolls_never_repeat, forms_are_filled_in_and_verify,
                     what_cannot_be_drawn_leaves_no_file):
            told(case.__name__.replace("_", " "))
            case(here)


if __name__ == "__main__":
    main([on_one_ledger])

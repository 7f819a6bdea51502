"""selftest.py: PROTOCOL.md's worked example made anew, published vectors, small trees.

Never needs a ledger.
"""
import hashlib
import os
import random
import re

import nacl.signing

import formats as f

ORIGIN = "ledger.example/custody"
DAY = 1777593600 * 1_000_000  # 2026-05-01T00:00:00Z


def seed(first):
    return nacl.signing.SigningKey(bytes(range(first, first + 32)))


def example(pb):
    """Section 10, block by block, as bytes."""
    author, ledger = seed(0x00), seed(0x20)
    key, ledger_key = author.verify_key.encode(), ledger.verify_key.encode()
    leaves = [f.leaf_hash(b"entry 0"), f.leaf_hash(b"entry 1")]
    root_2 = f.node_hash(*leaves)

    body = pb.PackBody(generator="uscc:00000000000000DEMO", place="T1")
    bag = body.containers.add(code="DEMO-0001", waste_code="841-001-01", mass_g=2300,
                              mass_source=pb.MASS_WEIGHED, package=pb.PACKAGE_BAG, ward="W3")
    bag.times.generated_before_us = 2 * 3600 * 1_000_000
    bag.times.packed_before_us = 1_000_000
    bag.times.weighed_before_us = 1_000_000
    bag.times.coded_before_us = 1_000_000
    body = body.SerializeToString()

    signed = f.statement(pb.ACT_PACK, body, key=key, sequence=1, previous=bytes(32), origin=ORIGIN,
                         occurred_at=DAY, signed_at=DAY + 1_000_000, seen_size=2, seen_root=root_2)
    signature = author.sign(signed).signature
    frames = f.request_frames(7, f.SUBMIT, signature + signed)
    head = f.entry_head(f.RECORDED, 0, len(signed), 2, DAY + 5_123_456)
    leaves.append(f.leaf_hash(head + signed + signature))
    root_3 = f.node_hash(root_2, leaves[2])
    record = bytes(range(16)) + "示例".encode()

    assert f.inclusion_holds(2, 3, leaves[2], [root_2], root_3)
    assert f.consistency_holds(2, 3, root_2, root_3, [leaves[2]])
    return {
        "author-key": key,
        "ledger-vkey": f.write_vkey(ORIGIN, ledger_key).encode() + b"\n",
        "checkpoint-2": f.sign_note(ORIGIN, 2, root_2, ledger),
        "body": body,
        "header": signed[:184],
        "id": f.statement_id(signed),
        "signature": signature,
        "call": frames[1],
        "entry-head": head,
        "leaf": leaves[2],
        "checkpoint-3": f.sign_note(ORIGIN, 3, root_3, ledger),
        "inclusion": root_2,
        "consistency": leaves[2],
        "record": record,
        "record-digest": f.sha256(record),
    }


def blocks(document):
    """The named blocks of the document: name to bytes."""
    found = {}
    for kind, name, text in re.findall(r"^```(hex|text) ([a-z0-9-]+)\n(.*?)^```$", document,
                                       re.MULTILINE | re.DOTALL):
        if re.fullmatch(r"@[a-z0-9-]+@\n", text):
            raise f.Wrong(f"PROTOCOL.md: the block {name} is not filled in")
        found[name] = bytes.fromhex("".join(text.split())) if kind == "hex" else text.encode()
    return found


def worked_example(pb, document):
    stated, made = blocks(document), example(pb)
    f.check(set(stated) == set(made), f"PROTOCOL.md: other blocks: {set(stated) ^ set(made)}")
    for name, data in made.items():
        f.check(stated[name] == data, f"PROTOCOL.md: {name} says\n{stated[name]!r}, made\n{data!r}")
    return len(made)


def published_vectors():
    """Numbers that other people printed: RFC 6962's hashes, and the first example of a note."""
    f.check(f.tree_root([]).hex()
            == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "empty tree")
    f.check(f.leaf_hash(b"").hex()
            == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "empty leaf")
    f.check(f.leaf_hash(b"L123456").hex()
            == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56", "leaf")
    f.check(f.node_hash(b"N123", b"N456").hex()
            == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb", "node")
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    f.check(f.read_vkey(text) and f.write_vkey(*f.read_vkey(text)[::2]) == text, "vkey")
    note = ("If you think cryptography is the answer to your problem,\n"
            "then you don't know what your problem is.\n\n— PeterNeumann "
            "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6R"
            "yyBwJnAM=\n")
    head, _, tail = note.partition("\n\n")
    key = f.read_vkey(text)
    blob = f.strict_base64(tail.split(" ")[2].strip().encode(), "note")
    f.check(blob[:4] == key.id and f.verifies(key.key, head.encode() + b"\n", blob[4:]), "note")


def every_small_tree(most=33):
    """Each proof as RFC 9162 makes it is taken; one of other length or of another tree is not."""
    leaves = [f.leaf_hash(b"leaf %d" % i) for i in range(most)]
    roots = [f.tree_root(leaves[:n]) for n in range(most + 1)]
    proofs = 0
    for size in range(1, most + 1):
        for i in range(size):
            proof = f.make_inclusion(i, leaves[:size])
            f.check(f.inclusion_holds(i, size, leaves[i], proof, roots[size]), f"{i} in {size}")
            for j in range(size + 1):
                f.check(j == i or not f.inclusion_holds(j, size, leaves[i], proof, roots[size]),
                        f"{i} in {size} taken for {j}")
            f.check(not f.inclusion_holds(i, size, leaves[i], proof + [bytes(32)], roots[size]),
                    f"{i} in {size} with one hash more")
            f.check(not proof or not f.inclusion_holds(i, size, leaves[i], proof[:-1], roots[size]),
                    f"{i} in {size} with one hash fewer")
            proofs += 1
        for old in range(1, size + 1):
            proof = f.make_consistency(old, leaves[:size])
            good = (old, size, roots[old], roots[size])
            f.check(f.consistency_holds(*good, proof), f"{old} to {size}")
            f.check(not f.consistency_holds(*good, proof + [bytes(32)]), f"{old} to {size}, +")
            f.check(not proof or not f.consistency_holds(*good, proof[:-1]), f"{old} to {size}, -")
            f.check(not f.consistency_holds(old, size, roots[old - 1], roots[size], proof),
                    f"{old} to {size} from another root")
            proofs += 1
    return proofs


def made_bundles(folder, chosen, count=6):
    """Trees of our own of random sizes, one bundle each, for the verifier in the other language."""
    dice = random.Random(chosen)
    signer = nacl.signing.SigningKey(hashlib.sha256(b"%d" % chosen).digest())
    author = seed(0x00)
    key = signer.verify_key.encode()
    previous = bytes(32)
    entries = []
    for number in range(dice.randint(200, 300)):
        signed = f.statement(87, dice.randbytes(dice.randint(0, 40)),
                             key=author.verify_key.encode(), sequence=number + 1,
                             previous=previous, origin=ORIGIN, occurred_at=DAY, signed_at=DAY)
        previous = f.statement_id(signed)
        entries.append(f.entry_head(f.RECORDED, 0, len(signed), number, DAY + number) + signed
                       + author.sign(signed).signature)
    leaves = [f.leaf_hash(e) for e in entries]
    for made in range(count):
        size = [2, 64, 65][made] if made < 3 else dice.randint(2, len(entries))
        old = dice.randint(1, size - 1)
        index = dice.randrange(size)
        bundle = {
            "vkey": f.write_vkey(ORIGIN, key).encode() + b"\n",
            "old": f.sign_note(ORIGIN, old, f.tree_root(leaves[:old]), signer),
            "new": f.sign_note(ORIGIN, size, f.tree_root(leaves[:size]), signer),
            "entry": entries[index],
            "inclusion": b"".join(f.make_inclusion(index, leaves[:size])),
            "consistency": b"".join(f.make_consistency(old, leaves[:size])),
        }
        f.check_bundle(bundle)
        write_bundle(os.path.join(folder, f"made-{made:02}"), bundle, leaves[:size])
    proof = f.write_proof(bundle)
    f.check_proof(proof)
    write_bundle(os.path.join(folder, "made-proof"), proof)


def write_bundle(folder, bundle, leaves=None):
    """One file a part, raw; `leaves` are the leaf hashes of the whole tree of `new`."""
    os.makedirs(folder)
    parts = dict(bundle)
    if leaves is not None:
        parts["leaves"] = b"".join(leaves)
    for name, data in parts.items():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(data)

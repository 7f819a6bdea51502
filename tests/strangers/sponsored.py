"""sponsored.py: a device that enrols without a network: a request, a sponsor, a card (section 9).

Never asks what its sponsor is made of.
"""
import nacl.signing

import formats as f
import session

PACK = 65


def write_request(path, party, seed):
    """What the device hands to its sponsor."""
    keys = session.Keys(seed)
    key = nacl.signing.SigningKey(keys.seed("own")).verify_key.encode()
    with open(path, "x", encoding="utf-8") as out:
        out.write(f.write_request(key, keys.curve_pair("own curve")[0], party, "generator"))


class Sponsored(session.Party):
    def tell(self, did):
        """Signs before it ever saw the ledger, and then sends what it signed."""
        pb = self.pb
        self.make_keys()
        body = pb.PackBody(generator=self.party, place="V1")
        body.containers.add(code="OFFLINE", waste_code="841-001-01", mass_g=700,
                            mass_source=pb.MASS_TYPED, package=pb.PACKAGE_BAG)
        statement = self.author.sign(PACK, body.SerializeToString())
        self.ledger.connection = self.connect(*self.curve)
        receipt, head = self.submit(*statement)
        f.check(head.outcome == f.RECORDED, f"{receipt.reason_name} {receipt.field}")
        f.check(not receipt.HasField("consistency"), "a proof from a head that nobody saw")
        did(f"a card: packed without a network, entry {head.number}; the first head,"
            f" {self.ledger.kept.size}, verifies")
        self.hello()
        self.ledger.head()
        self.close()

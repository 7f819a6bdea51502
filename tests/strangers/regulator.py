"""regulator.py: the first regulator, by the same documents: registers parties, invites, opens.

Never judges the waste.
"""
import time

import nacl.signing
from zmq.utils import z85

import formats as f
import session

OPEN_LEDGER, REGISTER_PARTY, SET_DIVISIONS = 17, 18, 33
DAY_US = 24 * 3600 * 1_000_000


class Regulator(session.Party):
    def __init__(self, pb, invitation, folder, seed, did):
        super().__init__(pb, invitation, folder, seed)
        self.did = did
        self.division = "540400"

    def granted(self, act, body, records=()):
        receipt, head = self.say(act, body.SerializeToString(), records)
        f.check(head.outcome == f.GRANTED,
                f"act {act}: outcome {head.outcome}, {receipt.reason_name} {receipt.field}")
        return head

    def register(self, party):
        """A generator whose name lies in the annex."""
        pb = self.pb
        record = self.seed(f"salt {party}")[:16] + "示例卫生院".encode()
        self.granted(REGISTER_PARTY, pb.RegisterPartyBody(
            party=party, kinds=[pb.PARTY_GENERATOR], division=self.division,
            name_digest=f.sha256(record), site=pb.SITE_TOWNSHIP_CENTRE), [record])

    def invite(self, party, path):
        """Section 9: a one-time key on the ledger, and the text that hands it over."""
        pb, mine = self.pb, self.invitation
        once = nacl.signing.SigningKey(self.seed(f"once {party}"))
        public, secret = self.curve_pair(f"once curve {party}")
        until = int(time.time()) * 1_000_000 + DAY_US
        self.granted(session.ENROL_KEY, pb.EnrolKeyBody(
            key=once.verify_key.encode(), curve_key=z85.decode(public), party=party,
            roles=[pb.ROLE_INVITED], effective_until=until,
            invited_roles=[pb.ROLE_GENERATOR, pb.ROLE_ADMIN]))
        values = mine._replace(
            curve_secret=secret.decode(), curve_public=public.decode(), seed=once.encode().hex(),
            party=party, roles="generator,admin",
            until=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(until // 1_000_000)))
        with open(path, "x", encoding="utf-8") as out:
            out.write(f.write_lines("custody-invitation/1", f.INVITATION_LINES, values))

    def tell(self, invitations):
        self.knock()
        self.enrol()
        self.come_back().close()
        self.hello()
        self.did(f"{self.party} enrolled as {self.invitation.roles}")
        self.granted(SET_DIVISIONS, self.pb.SetDivisionsBody(divisions=[
            self.pb.Division(code=self.division, name="林芝市", utc_offset_minutes=480)]))
        for pair in invitations:
            party, path = pair.split("=", 1)
            self.register(party)
            self.invite(party, path)
            self.did(f"{party} registered and invited")
        self.granted(OPEN_LEDGER, self.pb.OpenLedgerBody())
        self.did("the ledger is open")
        self.close()

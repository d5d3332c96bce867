//! A steered name's answer: addresses, a binding with hints, or a CNAME, all of one decision.

use super::super::outcome::Steered;
use super::super::rcode::Rcode;
use super::super::reply::{AddressRecords, BindingRecord, NoRoom};
use super::{ANY, Answered, Hop, Lookup, Next, Onward};
use crate::snapshot::Decision;
use crate::steer::ServiceId;
use crate::zone::{Place, QueryName, Rtype, Zone};

impl<'a> Lookup<'a, '_, '_> {
    /// The answer, where the service steers the asked type.
    pub(super) fn steered(
        &mut self,
        hop: &Hop<'a, '_>,
        zone: &Zone,
        service: ServiceId,
    ) -> Result<Option<Next<'a>>, NoRoom> {
        let rtype = match self.rtype {
            ANY if self.snapshot.steers(service, Rtype::A) => Rtype::A,
            ANY => Rtype::AAAA,
            rtype => rtype,
        };
        let is_alias = self.snapshot.is_alias(service);
        let is_bound = self.snapshot.binding(service, rtype).is_some();
        if !is_alias && !is_bound && !self.snapshot.steers(service, rtype) {
            return Ok(None);
        }
        let subnet = self.asked.edns.and_then(|edns| edns.subnet);
        let location =
            self.snapshot.locate(self.client.address, subnet.map(|subnet| (subnet.address, subnet.source)));
        let Some(decision) = self.snapshot.decide_for(service, &location, rtype) else {
            return Ok(Some(Next::Done(Answered::plain(Rcode::ServFail))));
        };
        self.reply.scope = decision.scope;
        self.steered = Some(Steered { service, region: decision.region(), reason: decision.reason });
        let Place { owner, .. } = self.place(hop, zone)?;
        if is_alias {
            return self.pointed(owner, service, &decision).map(Some);
        }
        self.addressed(owner, service, &decision, rtype)?;
        Ok(Some(Next::Done(Answered::plain(Rcode::NoError))))
    }

    /// A CNAME to the region's name, which is then followed as a static one is.
    fn pointed(&mut self, owner: u16, service: ServiceId, decision: &Decision) -> Result<Next<'a>, NoRoom> {
        let target = self.snapshot.alias(decision.target);
        let Ok((name, _)) = QueryName::parse(target, 0) else {
            return Ok(Next::Done(Answered::plain(Rcode::ServFail)));
        };
        let ttl = self.snapshot.ttl(service, decision, self.now);
        let at = self.reply.alias(owner, ttl, target)?;
        self.go_on(Onward::Name(name), at)
    }

    /// Addresses, or a binding with the same addresses as hints.
    fn addressed(
        &mut self,
        owner: u16,
        service: ServiceId,
        decision: &Decision,
        rtype: Rtype,
    ) -> Result<(), NoRoom> {
        let snapshot = self.snapshot;
        let ttl = snapshot.ttl(service, decision, self.now);
        let [high, low, ..] = self.asked.head;
        let turn = usize::from(u16::from_be_bytes([high, low]));
        if let Some(binding) = snapshot.binding(service, rtype) {
            let hints = |family| snapshot.hints(service, decision.target, family);
            let hints = [hints(Rtype::A), hints(Rtype::AAAA)];
            return self.reply.binding(owner, &BindingRecord { rtype: rtype.0, binding, hints }, ttl, turn);
        }
        let size = if rtype == Rtype::A { 4 } else { 16 };
        let data = snapshot.addresses(decision.target, rtype);
        let records = AddressRecords { rtype: rtype.0, size, data };
        self.reply.addresses(owner, &records, ttl, turn)
    }
}

//! What a region or a sink is answered with: addresses and the target of a CNAME, packed once when the picture is made.

use std::net::IpAddr;

use crate::region::Hostname;
use crate::steer::Fence;
use crate::zone::Rtype;

/// What a region or a sink is answered with, ready to copy: addresses, packed by family, and the target of a CNAME.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    v4: Box<[u8]>,
    v6: Box<[u8]>,
    /// In a message's form; empty: there is none.
    pub(super) alias: Box<[u8]>,
}

impl Published {
    /// Packs addresses, in order.
    #[must_use]
    pub fn new<'a>(addresses: impl IntoIterator<Item = &'a IpAddr> + Clone) -> Self {
        let v4 = addresses.clone().into_iter().filter_map(|address| match address {
            IpAddr::V4(address) => Some(address.octets()),
            IpAddr::V6(_) => None,
        });
        let v6 = addresses.into_iter().filter_map(|address| match address {
            IpAddr::V6(address) => Some(address.octets()),
            IpAddr::V4(_) => None,
        });
        Self { v4: v4.flatten().collect(), v6: v6.flatten().collect(), alias: Box::default() }
    }

    /// A name for a CNAME to point to.
    #[must_use]
    pub fn alias(name: &Hostname) -> Self {
        Self { alias: name.wire(), ..Self::default() }
    }

    pub(super) fn of_sink(fence: &Fence) -> Self {
        let alias = fence.sink_alias.as_ref().map(Hostname::wire);
        Self { alias: alias.unwrap_or_default(), ..Self::new(&fence.sink) }
    }

    /// The packed addresses of a type; empty for any type but A and AAAA.
    #[must_use]
    pub fn of(&self, rtype: Rtype) -> &[u8] {
        match rtype {
            Rtype::A => &self.v4,
            Rtype::AAAA => &self.v6,
            _ => &[],
        }
    }
}

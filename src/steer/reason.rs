//! Why an answer is what it is, and why a candidate was taken or rejected. The words are the contract's.

/// Why the answer names this region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The client's first choice inside its fence.
    Preferred,
    /// Weights gave this client's slot to this region.
    Shared,
    /// Every region that the client would prefer is out.
    Failover,
    /// Nothing inside the fence is eligible; the fence is served anyway.
    LastResort,
    /// No region of the service is allowed inside the fence.
    Sink,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 5] = [Self::Preferred, Self::Shared, Self::Failover, Self::LastResort, Self::Sink];

    /// Its word in metrics and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Preferred => "preferred",
            Self::Shared => "shared",
            Self::Failover => "failover",
            Self::LastResort => "last_resort",
            Self::Sink => "sink",
        }
    }
}

/// Why a candidate cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// A fence of the client does not allow its jurisdiction.
    OutsideFence,
    /// An operator drained it.
    Drained,
    /// An operator forced it down.
    ForcedDown,
    /// The probes say so.
    Down,
    /// It has recovered, and may not have its traffic back yet: a delay, a hold-off, or a manual failback.
    Held,
    /// Its weight is 0.
    NoWeight,
}

impl Rejection {
    /// Its word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OutsideFence => "outside_fence",
            Self::Drained => "drained",
            Self::ForcedDown => "forced_down",
            Self::Down => "down",
            Self::Held => "held",
            Self::NoWeight => "no_weight",
        }
    }
}

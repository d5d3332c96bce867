//! Response rate limiting: how many like answers a prefix gets by UDP, so that a forged source makes this server no
//! weapon against whoever owns the address.
//!
//! ```text
//! answer ─► account (prefix × sort of answer) ─► accounts (a fixed table) ─► send · truncate · drop
//! ```
//!
//! - Prefixes are /24 and /56: a victim's neighbours share its link, and one host may have all of them.
//! - Like answers are counted together, as BIND and NSD do: the same records for one name (or one wildcard, one DNAME)
//!   and type; all negative answers and referrals; all errors. A resolver that asks for many names is not an attack;
//!   a flood of random names is one account, whatever the names are.
//! - An answer counts once for each 512 octets that it begins: a flood's first answers, which go out whole, are never
//!   more octets than the rate stands for, however large the records are that it asks for.
//! - Above the rate, an answer is dropped or, one time in `slip`, truncated: an honest client comes back by TCP, and a
//!   victim gets no more octets than were sent in its name. What is limited counts as well, so that a flood that goes
//!   on gets nothing whole after its first second; two seconds after it ends, the prefix is free again.
//! - A valid server cookie shows that the address is the client's own: such an answer is never limited (RFC 7873 §6).
//!
//! One table serves all workers: `SO_REUSEPORT` spreads a victim's forged ports over them, and the limit is kept to all
//! the same, without a part of it going to each. Its memory is taken at the start and never grows; nothing on the way
//! locks, waits or allocates. What is said of it is said off the way, when counts are shown.

mod account;
mod accounts;
mod guard;
mod watch;

pub(super) use account::Account;
pub(super) use guard::{Guard, Judged, Verdict};

use std::sync::Arc;
use std::time::Duration;

use accounts::Accounts;
use watch::Watch;

use crate::limits::{RateLimit, RateMode};

/// What the workers share.
pub(super) struct Limiter {
    limit: RateLimit,
    accounts: Accounts,
    keys: account::Keys,
    watch: Watch,
}

impl Limiter {
    /// Takes all memory that it will ever have.
    pub(super) fn new(limit: RateLimit) -> Arc<Self> {
        let accounts = Accounts::new(limit.rate);
        Arc::new(Self { limit, accounts, keys: account::Keys::new(), watch: Watch::default() })
    }

    /// Whether an answer of `length` octets for `account` at `now` is above the rate; it is counted either way.
    fn exceeds(&self, account: &Account<'_>, length: usize, now: Duration) -> Option<u64> {
        let hash = self.keys.hash(account);
        let count = length.div_ceil(SMALL) as u64;
        self.accounts.exceeds(hash, count, now).then_some(hash)
    }

    fn is_dry(&self) -> bool {
        self.limit.mode == RateMode::DryRun
    }
}

/// Octets of an answer that counts once: what a client without EDNS takes (RFC 1035 §2.3.4).
const SMALL: usize = 512;

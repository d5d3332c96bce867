//! Accounts under a clock that is stepped by hand.

use proptest::prelude::*;

use super::*;

const MILLI: Duration = Duration::from_millis(1);

fn accounts(rate: u32) -> Accounts {
    Accounts::new(NonZeroU32::new(rate).unwrap())
}

/// A key, spread as SipHash spreads them (SplitMix64).
fn hash(key: u64) -> u64 {
    let mixed = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_client_within_its_rate_is_never_limited_whatever_others_do(
        rate in 1..400_u32,
        start in 0..400_000_000_u64,
        bursts in prop::collection::vec((1..1200_u64, 0..100_u32), 1..40),
        others in 0..3000_u64,
    ) {
        let accounts = accounts(rate);
        let mut now = Duration::from_secs(start);
        // Its answers of the last second: it asks only while there are fewer than its rate.
        let mut recent: Vec<Duration> = Vec::new();
        let mut stranger = 1;
        for (gap, burst) in bursts {
            now += MILLI * gap as u32;
            for _ in 0..others {
                stranger += 1;
                // Half of them flood one account, the others come from everywhere.
                accounts.exceeds(hash(if stranger % 2 == 0 { 7 << 40 } else { stranger | 1 << 50 }), 1, now);
            }
            recent.retain(|asked| now - *asked < Duration::from_secs(1));
            for _ in 0..burst {
                if recent.len() == rate as usize {
                    break;
                }
                recent.push(now);
                prop_assert!(!accounts.exceeds(hash(0), 1, now), "{} within a second at {:?}", recent.len(), now);
            }
        }
    }

    #[test]
    fn a_flood_gets_its_first_second_and_then_nothing(rate in 1..2000_u32, factor in 2..100_u64) {
        let accounts = accounts(rate);
        let asked = u64::from(rate) * factor * 5;
        let gap = Duration::from_secs(5) / asked as u32;
        let let_go = (0..asked).filter(|at| !accounts.exceeds(hash(0), 1, gap * *at as u32)).count() as u64;
        // Until the second is used up, some more come due.
        let most = u64::from(rate) * factor / (factor - 1);
        prop_assert!(let_go <= most + most / 20 + 2, "{let_go} of {asked} at {rate} a second");
    }
}

#[test]
fn a_flood_that_ends_is_forgiven_after_two_seconds() {
    let accounts = accounts(200);
    let flood = (0..100_000).map(|at| Duration::from_micros(10) * at);
    let mut last = Duration::ZERO;
    for now in flood {
        accounts.exceeds(hash(1), 1, now);
        last = now;
    }
    assert!(accounts.exceeds(hash(1), 1, last + Duration::from_millis(900)), "not yet");
    let after = last + Duration::from_secs(3);
    assert!((0..200).all(|_| !accounts.exceeds(hash(1), 1, after)), "its whole second is there again");
    assert!(accounts.exceeds(hash(1), 1, after), "and no more than that");
}

#[test]
fn a_million_sources_take_no_memory_and_crowd_no_flood_out() {
    let accounts = accounts(100);
    let before = accounts.sets.len();
    for at in 0..1_000 {
        accounts.exceeds(hash(1), 1, MILLI * at / 10);
    }
    for source in 0..1_000_000 {
        accounts.exceeds(hash(source + 2), 1, MILLI * 100);
    }
    assert!(accounts.exceeds(hash(1), 1, MILLI * 100), "the flood's own account is still there");
    assert_eq!((accounts.sets.len(), size_of_val(&*accounts.sets)), (before, 1 << 20));
}

#[test]
fn an_account_that_is_old_counts_for_nothing_however_far_time_has_gone_round() {
    let (accounts, round) = (accounts(1), Duration::from_micros(16) * (1 << 20) * (1 << 20));
    assert!(!accounts.exceeds(hash(1), 1, Duration::ZERO));
    for later in [round / 2, round - Duration::from_secs(3), round + Duration::from_secs(9), round * 3] {
        assert!(!accounts.exceeds(hash(1), 1, later), "after {later:?}");
        assert!(accounts.exceeds(hash(1), 1, later), "and at once again");
    }
}

#[test]
fn an_answer_that_counts_more_than_once_leaves_room_for_fewer_and_one_that_counts_beyond_the_rate_is_let_go_alone()
 {
    for (rate, count, let_go) in [(50, 1, 50), (50, 2, 25), (50, 3, 17), (1, 1, 1), (1, 3, 1)] {
        let accounts = accounts(rate);
        let asked = (0..200).filter(|_| !accounts.exceeds(hash(1), count, Duration::ZERO)).count();
        assert_eq!(asked, let_go, "of 200 answers that count {count} times at {rate} a second");
        assert!(
            !accounts.exceeds(hash(1), count, Duration::from_secs(3)),
            "two seconds after a flood it is forgiven"
        );
    }
}

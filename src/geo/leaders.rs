//! Who leads where several places meet.

use super::{
    country::Country,
    place::{Member, Place, PlaceId},
};

/// Who leads a block: of the country with most of its addresses (the lower code of equals), the place with most
/// (the lower number of equals). A place without a country leads only where there is no country.
#[derive(Clone, Debug)]
pub(super) struct Leaders {
    /// By place.
    countries: Vec<Option<Country>>,
}

impl Leaders {
    pub(super) fn new(places: &[Place]) -> Self {
        Self { countries: places.iter().map(|place| place.standing.country()).collect() }
    }

    /// The leading member; members are in order of place, which puts those of one country together.
    pub(super) fn lead(&self, members: &[Member]) -> PlaceId {
        let mut best: Option<(bool, u128, PlaceId)> = None;
        for part in members.chunk_by(|one, next| self.of(one) == self.of(next)) {
            let located = self.of(&part[0]).is_some();
            let total = part.iter().fold(0_u128, |sum, member| sum.saturating_add(member.addresses));
            if best.is_none_or(|(others, most, _)| (located, total) > (others, most)) {
                best = Some((located, total, most_of(part)));
            }
        }
        best.expect("a block has a member").2
    }

    /// Whether a place has a country.
    pub(super) fn is_located(&self, place: PlaceId) -> bool {
        self.countries[place.index()].is_some()
    }

    fn of(&self, member: &Member) -> Option<Country> {
        self.countries[member.place.index()]
    }
}

fn most_of(part: &[Member]) -> PlaceId {
    let first = part[0];
    part.iter()
        .fold(first, |best, member| if member.addresses > best.addresses { *member } else { best })
        .place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Standing;

    /// Places 0 and 1 in Germany, 2 in France, 3 and 4 nowhere.
    fn leaders() -> Leaders {
        let located = |code| Standing::Located(Country::from_code(code).unwrap());
        let [germany, france] = ["DE", "FR"].map(located);
        let standings = [germany, germany, france, Standing::Unlocated, Standing::Special];
        Leaders::new(&standings.map(|standing| Place { standing, ..Place::NOWHERE }))
    }

    fn lead(parts: &[(u32, u128)]) -> u32 {
        let member =
            |(place, addresses): &(u32, u128)| Member { place: PlaceId(*place), addresses: *addresses };
        let members: Vec<Member> = parts.iter().map(member).collect();
        leaders().lead(&members).0
    }

    #[test]
    fn the_country_with_most_leads_by_its_largest_place() {
        assert_eq!(lead(&[(0, 3), (1, 4), (2, 6)]), 1, "Germany has 7 of 13");
        assert_eq!(lead(&[(0, 1), (1, 1), (2, 6)]), 2);
    }

    #[test]
    fn of_equals_the_lower_leads() {
        assert_eq!(lead(&[(0, 3), (2, 3)]), 0);
        assert_eq!(lead(&[(0, 3), (1, 3)]), 0);
    }

    #[test]
    fn nowhere_leads_only_where_there_is_no_country() {
        assert_eq!(lead(&[(2, 1), (3, 1000)]), 2);
        assert_eq!(lead(&[(3, 1), (4, 2)]), 4);
    }

    #[test]
    fn more_addresses_than_a_number_holds_still_lead() {
        assert_eq!(lead(&[(0, u128::MAX), (1, u128::MAX), (2, 1)]), 0);
    }
}

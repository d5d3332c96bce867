//! What we answer for. (Placeholder until the zone branch lands.)
/// All zones.
#[derive(Debug, Default)]
pub struct Zones;

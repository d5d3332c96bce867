//! The pictures that cases are asked of: one config with everything in it, in nine states of its regions.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use meridian::config::{Files, load_from};
use meridian::now::Now;
use meridian::snapshot::Snapshot;
use meridian::world::{Compiled, Kept, Supposed, World};

use super::fences::Fences;

/// The pictures, the names in them, and who may be answered with what.
pub(crate) struct Worlds {
    pub(crate) snapshots: Vec<Snapshot>,
    /// Every name that exists, and some that do not, in wire form.
    pub(crate) names: Vec<Vec<u8>>,
    /// The names of the services among them.
    pub(crate) services: Vec<Vec<u8>>,
    pub(crate) fences: Fences,
}

/// The one instance.
pub(crate) fn worlds() -> &'static Worlds {
    static WORLDS: OnceLock<Worlds> = OnceLock::new();
    WORLDS.get_or_init(Worlds::build)
}

/// The same regions behind probes, for observations.
pub(crate) fn probed() -> World {
    let mut files = files();
    let [(_, four), ..] = FILES;
    let text =
        four.replace("\nendpoints = [\"198.18.", "\nprobe = \"http\"\nendpoints = [\"198.18.") + PROBES;
    files.insert("meridian.toml".into(), text.into_bytes());
    let loaded =
        load_from(&Files::Memory(files), "meridian.toml".as_ref()).expect("the config with probes loads");
    World::new(Compiled::new(loaded.config.catalog).expect("its policies compile"), Kept::default(), NOW)
}

/// The files of the config with everything in it.
pub(crate) fn files() -> BTreeMap<PathBuf, Vec<u8>> {
    FILES.iter().map(|(path, text)| (path.into(), text.as_bytes().to_vec())).collect()
}

/// The moment at which all cases are asked.
pub(crate) const NOW: Now = Now { monotonic: Duration::from_secs(1000), unix: 1_800_000_000 };

impl Worlds {
    fn build() -> Self {
        let files = Files::Memory(files());
        let loaded =
            load_from(&files, "meridian.toml".as_ref()).expect("the config of the fuzz targets loads");
        let compiled = Compiled::new(loaded.config.catalog).expect("its policies compile");
        let world = World::new(compiled, Kept::default(), NOW);
        let suppose = |states: &[Supposed]| {
            let names = world.catalog().regions.iter().map(|region| region.name.clone());
            let supposed: Vec<_> = names.zip(states.iter().copied()).collect();
            world.suppose(&supposed, NOW).expect("the regions exist")
        };
        let catalog = world.catalog();
        let existing = catalog.zones.nodes().map(|(name, _)| name.wire().to_vec());
        let others = OTHERS.iter().map(|name| name.to_vec());
        let services = catalog.zones.nodes().filter(|(_, node)| node.service().is_some());
        Self {
            services: services.map(|(name, _)| name.wire().to_vec()).collect(),
            names: existing.chain(others).collect(),
            fences: Fences::new(catalog),
            snapshots: STATES.iter().map(|states| suppose(states)).collect(),
        }
    }
}

const FILES: [(&str, &str); 4] = [
    ("meridian.toml", include_str!("../worlds/four.toml")),
    ("zones/example.test.zone", include_str!("../worlds/example.test.zone")),
    ("zones/sub.example.test.zone", include_str!("../worlds/sub.example.test.zone")),
    ("zones/example.org.zone", include_str!("../worlds/example.org.zone")),
];

const PROBES: &str = "\n[probes.http]\nport = 443\nfall = 2\nrise = 2\nliveliness = { path = \"/\" }\n";

/// Outside, above and beside the zones.
const OTHERS: [&[u8]; 5] =
    [b"\0", b"\x04test\0", b"\x03org\0", b"\x07version\x04bind\0", b"\x05xxxxx\x07example\x03net\0"];

const STATES: [[Supposed; 4]; 9] = {
    use Supposed::{Down, Drained, Up};
    [
        [Up, Up, Up, Up],
        [Down, Up, Up, Up],
        [Up, Down, Up, Up],
        [Up, Down, Down, Up],
        [Down, Down, Down, Down],
        [Drained, Drained, Drained, Drained],
        [Up, Drained, Down, Up],
        [Down, Up, Drained, Down],
        [Drained, Down, Down, Up],
    ]
};

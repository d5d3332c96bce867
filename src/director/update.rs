//! A load for a server that serves already. What it would serve is proven first, and a location database that would
//! move too many clients is held: the one that serves stays.

use std::path::Path;
use std::time::Duration;

use super::drift::{Compared, Drifts, compare};
use super::guard;
use super::prove::{self, Effort, Evidence, Proof};
use super::reload::{Prepared, load};
use crate::admin::{Drifting, Leave};
use crate::catalog::Catalog;
use crate::config::{DatabaseFile, DatabaseFiles, Files, Problem};
use crate::guard::Canaries;
use crate::prove::{Rules, Weights};

/// A load that can serve.
pub(super) struct Update {
    pub(super) prepared: Prepared,
    pub(super) proof: Proof,
    /// The part of address space, or of clients, that the database on disk moves; none: it is the one that serves.
    pub(super) drift: Option<f64>,
    /// The database on disk, where it is not taken.
    pub(super) held: Option<HeldDatabase>,
    /// What an operator has forced to be gone.
    pub(super) lost: Vec<String>,
    /// What the picture made of it must answer.
    pub(super) canaries: Canaries,
}

/// A location database that is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeldDatabase {
    /// SHA-256 of its file, in hexadecimal.
    pub(super) sha256: String,
    /// What it would move, in words.
    pub(super) moved: String,
}

/// Loads the config at `path`, judges its database by the one that serves, compares it with what serves, and proves what
/// would serve; blocks.
pub(super) fn update(
    path: &Path,
    (serving, catalog): (&DatabaseFiles, &Catalog),
    leave: &Leave,
) -> Result<Update, Vec<Problem>> {
    let mut prepared = load(&Files::Disk, path)?;
    let (mut drift, mut held) = (None, None);
    if let Some(drifts) = drifted(path, serving, &prepared).map_err(|problem| vec![problem])? {
        let most = drifts.most();
        drift = Some(most);
        if most > prepared.max_drift && leave.drifting == Drifting::Held {
            let moved = drifts.words(prepared.max_drift);
            let kept = same_place(serving, &prepared.origin.databases);
            let Some((old, new)) = kept else {
                let what = format!("{moved}; {ACCEPT}");
                return Err(vec![Problem::of_file(path.to_owned(), "geoip.database", what)]);
            };
            held = Some(HeldDatabase { sha256: new.sha256.clone(), moved });
            prepared = load(&Files::Except { path: old.path.clone(), octets: old.octets.clone() }, path)?;
        }
    }
    let lost = guard::compare(path, catalog, prepared.compiled.catalog(), leave.drifting);
    if !lost.is_empty() && leave.forced.is_none() {
        return Err(lost);
    }
    let proof = proven(path, &prepared)?;
    let canaries = Canaries::new(prepared.compiled.catalog());
    let lost = lost.iter().map(ToString::to_string).collect();
    Ok(Update { prepared, proof, drift, held, lost, canaries })
}

/// Proves what a load would serve, from the bytes that it was made of; refused where an invariant does not hold.
pub(super) fn proven(path: &Path, prepared: &Prepared) -> Result<Proof, Vec<Problem>> {
    let evidence = Evidence::read(path, &prepared.origin).map_err(|problem| vec![problem])?;
    let proof = prove::prove(&evidence, &prepared.compiled, Effort::bounded(LIMIT));
    let broken: Vec<Problem> =
        proof.ledger.broken().map(|line| Problem::of_file(path.to_owned(), "prove", line)).collect();
    if broken.is_empty() { Ok(proof) } else { Err(broken) }
}

/// What the database of a load moves; none where it is the one that serves.
fn drifted(path: &Path, serving: &DatabaseFiles, prepared: &Prepared) -> Result<Option<Drifts>, Problem> {
    let sha256 = |files: &DatabaseFiles| files.places.as_ref().map(|file| file.sha256.clone());
    let loaded = &prepared.origin.databases;
    if sha256(serving) == sha256(loaded) {
        return Ok(None);
    }
    let catalog = prepared.compiled.catalog();
    let rules = Rules::read(&prepared.origin.text)
        .map_err(|error| Problem::of_file(path.to_owned(), "prove", error))?;
    let read = |files: &DatabaseFiles| Compared::read(catalog, &rules, files.places.as_ref());
    Ok(Some(compare(catalog, &read(serving)?, &read(loaded)?, &Weights::users())))
}

/// The file that serves and the one that was read, where both lie in one place: it was replaced under the config.
fn same_place<'a>(
    serving: &'a DatabaseFiles,
    loaded: &'a DatabaseFiles,
) -> Option<(&'a DatabaseFile, &'a DatabaseFile)> {
    serving.places.as_ref().zip(loaded.places.as_ref()).filter(|(old, new)| old.path == new.path)
}

/// What takes a database that is held.
pub(super) const ACCEPT: &str = "`meridian reload --accept-drift` takes it";
/// How long the proof may take; a whole one of a usual policy takes a second or two.
const LIMIT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const FENCED: &str = "[server]\nlisten = [\"127.0.0.1:0\"]\n[zones]\ndirectory = \"zones\"\n\
        [geoip]\ndatabase = \"small.mmdb\"\n\
        [regions.us]\njurisdiction = \"US\"\nendpoints = [\"192.0.2.1\"]\n\
        [regions.eu]\njurisdiction = \"EU\"\nendpoints = [\"192.0.2.2\"]\n\
        [services.\"api.example.com\"]\nregions = [\"us\", \"eu\"]\nstrategy = \"failover\"\n\
        [fences.gdpr]\nclients = [\"@EEA\"]\njurisdictions = [\"EU\"]\n";

    fn loaded(text: &str) -> Prepared {
        let zone = b"$TTL 60\n@ SOA ns host 1 2 3 4 60\n@ NS ns\nns A 192.0.2.53\n";
        let files: [(&str, &[u8]); 3] = [
            ("meridian.toml", text.as_bytes()),
            ("small.mmdb", include_bytes!("../../tests/data/maxmind-test/GeoIP2-Country-Test.mmdb")),
            ("zones/example.com.zone", zone),
        ];
        let files: BTreeMap<_, _> = files.map(|(path, octets)| (path.into(), octets.to_vec())).into();
        load(&Files::Memory(files), Path::new("meridian.toml")).unwrap()
    }

    #[test]
    fn a_load_that_breaks_an_invariant_is_refused_and_says_which() {
        let path = Path::new("meridian.toml");
        let whole = loaded(FENCED);
        assert_eq!(proven(path, &whole).unwrap().cut_short, None);
        // As if the reader had lost a member of the fence: what is compiled is not what the file says.
        let mut forgetful = loaded(&FENCED.replace("@EEA", "DE"));
        forgetful.origin = whole.origin;
        let problems = proven(path, &forgetful).unwrap_err();
        let said = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(said.contains("prove: fence does not hold: api.example.com for "), "{said}");
        assert!(said.contains("found us; allowed eu (inside gdpr)"), "{said}");
    }
}

//! Makes the built-in database out of a MaxMind DB file:
//! `cargo run --example pack_geoip -- geoip/geo-whois-asn-country.mmdb geoip/country.bin`

use std::{env, error::Error, fs};

use meridian::geo::{Database, Detail, Gate};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(source), Some(target)) = (arguments.next(), arguments.next()) else {
        return Err("usage: pack_geoip SOURCE.mmdb TARGET.bin".into());
    };
    let database = Database::read(&fs::read(source)?, Detail::default(), Gate::LOCATION)?;
    fs::write(target, database.pack())?;
    Ok(())
}

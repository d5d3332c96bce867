//! A question as octets, sound unless a test breaks it.

use meridian::zone::Rtype;

/// A query under construction.
#[derive(Clone)]
pub(crate) struct Ask {
    id: u16,
    /// Octets 3 and 4 of the header.
    flags: [u8; 2],
    pub(crate) questions: Vec<Vec<u8>>,
    opt: Option<Opt>,
    /// Records in front of and behind the OPT, in the additional section.
    around: [Vec<Vec<u8>>; 2],
}

#[derive(Clone)]
struct Opt {
    size: u16,
    version: u8,
    flags: u16,
    options: Vec<u8>,
}

/// `name rtype IN`, without EDNS.
pub(crate) fn ask(name: &str, rtype: &str) -> Ask {
    let rtype = Rtype::from_text(rtype).unwrap().0;
    Ask { id: 0x1234, flags: [0, 0], questions: vec![], opt: None, around: [vec![], vec![]] }
        .question(name, rtype, 1)
}

impl Ask {
    /// With this identifier.
    pub(crate) fn id(mut self, id: u16) -> Self {
        self.id = id;
        self
    }

    /// One more question.
    pub(crate) fn question(mut self, name: &str, rtype: u16, class: u16) -> Self {
        self.questions.push([wire(name), rtype.to_be_bytes().into(), class.to_be_bytes().into()].concat());
        self
    }

    /// No question.
    pub(crate) fn no_question(mut self) -> Self {
        self.questions.clear();
        self
    }

    /// In another class.
    pub(crate) fn class(mut self, class: u16) -> Self {
        let question = self.questions.last_mut().unwrap();
        let at = question.len() - 2;
        question[at..].copy_from_slice(&class.to_be_bytes());
        self
    }

    /// With a type by number.
    pub(crate) fn number(mut self, rtype: u16) -> Self {
        let question = self.questions.last_mut().unwrap();
        let at = question.len() - 4;
        question[at..at + 2].copy_from_slice(&rtype.to_be_bytes());
        self
    }

    /// With these bits in the header's third and fourth octet.
    pub(crate) fn flags(mut self, first: u8, second: u8) -> Self {
        self.flags = [first, second];
        self
    }

    fn opt(&mut self) -> &mut Opt {
        self.opt.get_or_insert(Opt { size: 1232, version: 0, flags: 0, options: Vec::new() })
    }

    /// With EDNS.
    pub(crate) fn edns(mut self) -> Self {
        self.opt();
        self
    }

    /// With EDNS of this size.
    pub(crate) fn size(mut self, size: u16) -> Self {
        self.opt().size = size;
        self
    }

    /// With EDNS of this version.
    pub(crate) fn version(mut self, version: u8) -> Self {
        self.opt().version = version;
        self
    }

    /// With these EDNS flags; 0x8000 is DO.
    pub(crate) fn edns_flags(mut self, flags: u16) -> Self {
        self.opt().flags = flags;
        self
    }

    /// With an option.
    pub(crate) fn option(mut self, code: u16, data: &[u8]) -> Self {
        let length = u16::try_from(data.len()).unwrap();
        self.opt().options.extend([code.to_be_bytes(), length.to_be_bytes()].concat());
        self.opt().options.extend(data);
        self
    }

    /// With octets behind the last option.
    pub(crate) fn rest_of_options(mut self, octets: &[u8]) -> Self {
        self.opt().options.extend(octets);
        self
    }

    /// With an IPv4 client subnet.
    pub(crate) fn subnet(self, address: [u8; 4], source: u8) -> Self {
        let octets = &address[..usize::from(source.div_ceil(8))];
        self.option(8, &[&[0, 1, source, 0], octets].concat())
    }

    /// With a record in the additional section, in front of the OPT.
    pub(crate) fn before(mut self, record: &[u8]) -> Self {
        self.around[0].push(record.to_vec());
        self
    }

    /// With a record in the additional section, behind the OPT.
    pub(crate) fn after(mut self, record: &[u8]) -> Self {
        self.around[1].push(record.to_vec());
        self
    }

    /// The message.
    pub(crate) fn octets(&self) -> Vec<u8> {
        let opt = self.opt.as_ref().map(|opt| opt.record(&[0]));
        let additional: Vec<Vec<u8>> =
            self.around[0].iter().cloned().chain(opt).chain(self.around[1].iter().cloned()).collect();
        let counts = [self.questions.len(), 0, 0, additional.len()];
        let mut octets = self.id.to_be_bytes().to_vec();
        octets.extend(self.flags);
        for count in counts {
            octets.extend(u16::try_from(count).unwrap().to_be_bytes());
        }
        octets.extend(self.questions.concat());
        octets.extend(additional.concat());
        octets
    }

    /// The OPT record as it stands, under another owner.
    pub(crate) fn opt_record(&self, owner: &[u8]) -> Vec<u8> {
        self.opt.as_ref().unwrap().record(owner)
    }
}

impl Opt {
    fn record(&self, owner: &[u8]) -> Vec<u8> {
        let length = u16::try_from(self.options.len()).unwrap();
        let mut record = [owner, &[0, 41]].concat();
        record.extend(self.size.to_be_bytes());
        record.extend([0, self.version]);
        record.extend(self.flags.to_be_bytes());
        record.extend(length.to_be_bytes());
        record.extend(&self.options);
        record
    }
}

/// A name as octets, its case kept.
pub(crate) fn wire(name: &str) -> Vec<u8> {
    let labels = name.trim_end_matches('.').split('.').filter(|label| !label.is_empty());
    let octets = labels.flat_map(|label| [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat());
    octets.chain([0]).collect()
}

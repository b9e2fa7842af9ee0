//! XMP packets (ISO 16684-1): properties as RDF, read with quick-xml.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Tags, insert};
use crate::media::subtitles::named_character;

/// Namespaces whose properties describe a picture, by the prefix that everybody writes; others hold
/// the settings and histories of editing programs.
const PREFIXES: [&str; 8] = [
    "dc",
    "xmp",
    "photoshop",
    "Iptc4xmpCore",
    "Iptc4xmpExt",
    "xmpRights",
    "lr",
    "exif",
];

/// Properties of those namespaces that describe nothing: thumbnails, histories, numbers that EXIF
/// itself tells.
const LEFT_OUT: [&str; 7] = [
    "xmp:Thumbnails",
    "xmp:MetadataDate",
    "photoshop:History",
    "photoshop:DocumentAncestors",
    "photoshop:TextLayers",
    "photoshop:ICCProfile",
    "dc:format",
];

/// Of EXIF's namespace only this one is taken, where the EXIF block itself was lost.
const EXIF_PROPERTY: &str = "exif:DateTimeOriginal";

/// Elements inside one another; honest packets have some ten.
const DEEPEST_NESTING: usize = 100;

/// Values of one property.
const LIST_LIMIT: usize = 500;

/// The properties by name (`xmp:dc:title`), lists joined by `; `, of translations the default one.
pub(super) fn read(packet: &[u8]) -> Result<Tags, String> {
    let text = String::from_utf8_lossy(packet);
    // What stands around the packet, padding and zeros, is no XML.
    let start = text.find('<').unwrap_or(0);
    let mut reader =
        Reader::from_str(text[start..].trim_end_matches(['\0', ' ', '\n', '\r', '\t']));
    reader.config_mut().check_end_names = false;
    let mut packet = Packet::default();
    while packet.depth <= DEEPEST_NESTING {
        match reader.read_event() {
            Ok(Event::Start(element)) => packet.open(&element),
            Ok(Event::Empty(element)) => {
                packet.open(&element);
                packet.close();
            }
            Ok(Event::End(_)) => packet.close(),
            Ok(Event::Text(text)) => packet.value.push_str(&text),
            Ok(Event::CData(text)) => packet.value.push_str(&text),
            Ok(Event::GeneralRef(name)) => packet.value.extend(named_character(&name)),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) if packet.tags.is_empty() => return Err(error.to_string()),
            Err(_) => break,
        }
    }
    Ok(packet.tags)
}

#[derive(Default)]
struct Packet {
    depth: usize,
    /// The property that is open, where it is nested, and its values.
    property: Option<(String, usize)>,
    values: Vec<String>,
    /// Whether its values are translations, and whether the default one was met.
    is_translated: bool,
    has_default: bool,
    is_default: bool,
    /// Text since the last element began.
    value: String,
    tags: Tags,
}

impl Packet {
    fn open(&mut self, element: &BytesStart<'_>) {
        self.depth += 1;
        self.value.clear();
        let element_name = element.name();
        let name = element_name.as_ref();
        match name {
            "rdf:Alt" => self.is_translated = true,
            "rdf:Description" if self.property.is_none() => self.take_attributes(element),
            "rdf:li" => {
                self.is_default = element.attributes().flatten().any(|attribute| {
                    attribute.key.as_ref() == "xml:lang" && &*attribute.value == "x-default"
                });
            }
            _ if self.property.is_none() && is_wanted(name) => {
                self.property = Some((name.to_owned(), self.depth));
                self.values.clear();
                (self.is_translated, self.has_default) = (false, false);
            }
            _ => {}
        }
    }

    fn close(&mut self) {
        let value = std::mem::take(&mut self.value);
        if self.property.is_some() && !value.trim().is_empty() && self.values.len() < LIST_LIMIT {
            if !self.is_translated {
                self.values.push(value.trim().to_owned());
            } else if self.values.is_empty() || (self.is_default && !self.has_default) {
                self.values = vec![value.trim().to_owned()];
                self.has_default = self.is_default;
            }
        }
        if let Some((name, _)) = self.property.take_if(|(_, depth)| *depth == self.depth) {
            let joined = self.values.join("; ");
            insert(&mut self.tags, format!("xmp:{name}"), &joined);
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// Simple properties may be written as attributes.
    fn take_attributes(&mut self, element: &BytesStart<'_>) {
        for attribute in element.attributes().flatten() {
            let name = attribute.key.as_ref();
            if is_wanted(name) {
                let value = attribute
                    .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                    .unwrap_or_default();
                insert(&mut self.tags, format!("xmp:{name}"), &value);
            }
        }
    }
}

fn is_wanted(name: &str) -> bool {
    let prefix = name.split(':').next().unwrap_or(name);
    prefix.len() < name.len()
        && PREFIXES.contains(&prefix)
        && !LEFT_OUT.contains(&name)
        && (prefix != "exif" || name == EXIF_PROPERTY)
}

/// An XMP date (RFC 3339, cut at any place) with at least a day; `None` for others.
pub(super) fn date_time(text: &str) -> Option<String> {
    let text = text.trim();
    let date: jiff::civil::Date = text.get(..10)?.parse().ok()?;
    let Some(clock) = text
        .get(10..)
        .and_then(|rest| rest.strip_prefix(['T', ' ']))
    else {
        return Some(date.to_string());
    };
    let offset_start = clock.find(['Z', '+', '-']).unwrap_or(clock.len());
    let time: jiff::civil::Time = clock[..offset_start].parse().ok()?;
    let time = time.with().subsec_nanosecond(0).build().ok()?;
    Some(format!("{date}T{time}{}", &clock[offset_start..]))
}

//! Metadata written byte by byte, as cameras and picture desks write it.

#![allow(clippy::print_stderr, reason = "a skipped test says why")]

use super::*;

/// A TIFF structure with one directory, its EXIF and GPS directories behind it. Values of at most
/// four bytes stand in the entry, longer ones at the end.
fn tiff(main: &[Entry], exif: &[Entry], gps: &[Entry]) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    let length = |count: usize| 2 + count * 12 + 4;
    let exif_at = 8 + length(main.len() + 2);
    let gps_at = exif_at + length(exif.len());
    let values_at = gps_at + length(gps.len());
    let mut values = Vec::new();
    let pointers = [
        Entry(0x8769, 4, 1, long(exif_at)),
        Entry(0x8825, 4, 1, long(gps_at)),
    ];
    let main: Vec<&Entry> = main.iter().chain(&pointers).collect();
    for directory in [main, exif.iter().collect(), gps.iter().collect()] {
        bytes.extend((directory.len() as u16).to_le_bytes());
        for Entry(tag, kind, count, value) in directory {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(count.to_le_bytes());
            if value.len() <= 4 {
                let mut inline = value.clone();
                inline.resize(4, 0);
                bytes.extend(inline);
            } else {
                bytes.extend(long(values_at + values.len()));
                values.extend(value);
                values.resize(values.len().next_multiple_of(2), 0);
            }
        }
        bytes.extend([0; 4]);
    }
    bytes.extend(values);
    bytes
}

/// Tag, type, count, value.
struct Entry(u16, u16, u32, Vec<u8>);

fn long(value: usize) -> Vec<u8> {
    (value as u32).to_le_bytes().to_vec()
}

fn ascii(tag: u16, text: &str) -> Entry {
    let value = [text.as_bytes(), b"\0"].concat();
    Entry(tag, 2, value.len() as u32, value)
}

fn rationals(tag: u16, values: &[(u32, u32)]) -> Entry {
    let bytes = values
        .iter()
        .flat_map(|(num, den)| [num.to_le_bytes(), den.to_le_bytes()].concat())
        .collect();
    Entry(tag, 5, values.len() as u32, bytes)
}

fn camera_exif() -> Vec<u8> {
    let windows_keywords: Vec<u8> = "été;plage\0"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    tiff(
        &[
            ascii(0x010e, "A red panda"),
            ascii(0x010f, "Maker"),
            ascii(0x0110, "Model X"),
            Entry(0x9c9e, 1, windows_keywords.len() as u32, windows_keywords),
        ],
        &[
            ascii(0x9003, "2017:06:01 12:30:05"),
            ascii(0x9011, "+02:00"),
            Entry(0x9286, 7, 13, b"ASCII\0\0\0hello".to_vec()),
        ],
        &[
            ascii(1, "S"),
            rationals(2, &[(33, 1), (51, 1), (3060, 100)]),
            ascii(3, "E"),
            rationals(4, &[(151, 1), (12, 1), (0, 1)]),
        ],
    )
}

fn jpeg(segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    for (marker, data) in segments {
        bytes.extend([0xff, *marker]);
        bytes.extend((data.len() as u16 + 2).to_be_bytes());
        bytes.extend(data);
    }
    bytes.extend([0xff, 0xda, 0, 2, 0xff, 0xd9]);
    bytes
}

fn exif_segment(tiff: Vec<u8>) -> (u8, Vec<u8>) {
    (0xe1, [b"Exif\0\0".to_vec(), tiff].concat())
}

fn data_set(record: u8, number: u8, value: &[u8]) -> Vec<u8> {
    [
        &[0x1c, record, number],
        (value.len() as u16).to_be_bytes().as_slice(),
        value,
    ]
    .concat()
}

fn iptc() -> Vec<u8> {
    [
        data_set(1, 90, b"\x1b%G"),
        data_set(2, 5, b"The match"),
        data_set(2, 25, b"boxing"),
        data_set(2, 25, "Fußball".as_bytes()),
        data_set(2, 55, b"20170601"),
        data_set(2, 60, b"235959+0200"),
        data_set(2, 80, b"A. Photographer"),
        data_set(2, 90, b"Z\xfcrich"),
        data_set(2, 101, b"Switzerland"),
        data_set(2, 120, b"  Two people\0 "),
    ]
    .concat()
}

fn resource(identifier: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = [
        b"8BIM".as_slice(),
        &identifier.to_be_bytes(),
        &[3, b'a', b'b', b'c'],
    ]
    .concat();
    bytes.extend((data.len() as u32).to_be_bytes());
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes
}

const XMP: &str = r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" photoshop:City="Gen&#232;ve" photoshop:ICCProfile="sRGB" crs:Exposure="+1" xmp:CreateDate="2018-03-04T05:06:07.25+01:00">
<dc:title><rdf:Alt><rdf:li xml:lang="fr">Un jeu</rdf:li><rdf:li xml:lang="x-default">A game</rdf:li></rdf:Alt></dc:title>
<dc:subject><rdf:Bag><rdf:li>archery &amp; more</rdf:li><rdf:li>gold</rdf:li></rdf:Bag></dc:subject>
<dc:description><rdf:Alt><rdf:li xml:lang="en">Only one</rdf:li></rdf:Alt></dc:description>
<xmp:Thumbnails><rdf:Alt><rdf:li>AAAA</rdf:li></rdf:Alt></xmp:Thumbnails>
<Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li rdf:parseType="Resource"><Iptc4xmpExt:City>Lausanne</Iptc4xmpExt:City></rdf:li></rdf:Bag></Iptc4xmpExt:LocationShown>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>  "#;

fn xmp_segment() -> (u8, Vec<u8>) {
    (
        0xe1,
        [b"http://ns.adobe.com/xap/1.0/\0", XMP.as_bytes()].concat(),
    )
}

fn assert_tags(found: &Found, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(
            found.tags.get(*name).map(String::as_str),
            Some(*value),
            "{name} in {:?}",
            found.tags
        );
    }
}

const EXIF_TAGS: [(&str, &str); 7] = [
    ("exif:ImageDescription", "A red panda"),
    ("exif:Make", "Maker"),
    ("exif:Model", "Model X"),
    ("exif:XPKeywords", "été; plage"),
    ("exif:UserComment", "hello"),
    ("exif:GPSLatitude", "-33.858500"),
    ("exif:GPSLongitude", "151.200000"),
];

const IPTC_TAGS: [(&str, &str); 6] = [
    ("iptc:Title", "The match"),
    ("iptc:Keywords", "boxing; Fußball"),
    ("iptc:Byline", "A. Photographer"),
    ("iptc:City", "Zürich"),
    ("iptc:Country", "Switzerland"),
    ("iptc:Caption", "Two people"),
];

const XMP_TAGS: [(&str, &str); 5] = [
    ("xmp:dc:title", "A game"),
    ("xmp:dc:subject", "archery & more; gold"),
    ("xmp:dc:description", "Only one"),
    ("xmp:photoshop:City", "Genève"),
    ("xmp:Iptc4xmpExt:LocationShown", "Lausanne"),
];

#[test]
fn a_jpeg_gives_all_three_kinds_and_exif_tells_when_it_was_taken() {
    let block = [
        b"Photoshop 3.0\0".to_vec(),
        resource(0x03ed, b"odd"),
        resource(0x0404, &iptc()),
    ]
    .concat();
    let found = Found::of(jpeg(&[
        exif_segment(camera_exif()),
        xmp_segment(),
        (0xed, block),
    ]));
    assert_tags(&found, &EXIF_TAGS);
    assert_tags(&found, &IPTC_TAGS);
    assert_tags(&found, &XMP_TAGS);
    assert_eq!(found.created.as_deref(), Some("2017-06-01T12:30:05+02:00"));
    assert_eq!(found.warnings, [""; 0]);
    for absent in [
        "xmp:xmp:Thumbnails",
        "xmp:photoshop:ICCProfile",
        "xmp:crs:Exposure",
        "xmp:Iptc4xmpExt:City",
    ] {
        assert!(!found.tags.contains_key(absent), "{absent}");
    }
}

#[test]
fn without_exif_the_time_comes_from_xmp_and_then_from_iptc() {
    let found = Found::of(jpeg(&[xmp_segment()]));
    assert_eq!(found.created.as_deref(), Some("2018-03-04T05:06:07+01:00"));
    let block = [b"Photoshop 3.0\0".to_vec(), resource(0x0404, &iptc())].concat();
    let found = Found::of(jpeg(&[(0xed, block)]));
    assert_eq!(found.created.as_deref(), Some("2017-06-01T23:59:59+02:00"));
}

#[test]
fn photoshop_resources_may_go_on_in_the_next_segment() {
    let block = resource(0x0404, &iptc());
    let (first, second) = block.split_at(40);
    let segment = |part: &[u8]| (0xed, [b"Photoshop 3.0\0".as_slice(), part].concat());
    assert_tags(
        &Found::of(jpeg(&[segment(first), segment(second)])),
        &IPTC_TAGS,
    );
}

#[test]
fn photoshop_tiff_and_other_files_give_theirs_too() {
    let resources = [
        resource(0x0404, &iptc()),
        resource(0x0424, XMP.as_bytes()),
        resource(0x0422, &camera_exif()),
    ]
    .concat();
    let mut photoshop = b"8BPS\0\x01".to_vec();
    photoshop.resize(26, 0);
    photoshop.extend([0; 4]);
    photoshop.extend((resources.len() as u32).to_be_bytes());
    photoshop.extend(&resources);
    let found = Found::of(photoshop);
    assert_tags(&found, &EXIF_TAGS);
    assert_tags(&found, &IPTC_TAGS);
    assert_tags(&found, &XMP_TAGS);

    let mut padded = iptc();
    padded.resize(padded.len().next_multiple_of(4), 0);
    let file = tiff(
        &[
            ascii(0x010f, "Scanner"),
            Entry(0x02bc, 1, XMP.len() as u32, XMP.as_bytes().to_vec()),
            Entry(0x83bb, 4, padded.len() as u32 / 4, padded),
        ],
        &[ascii(0x9004, "1999:12:31 23:59:59")],
        &[],
    );
    let found = Found::of(file);
    assert_tags(&found, &[("exif:Make", "Scanner")]);
    assert_tags(&found, &IPTC_TAGS);
    assert_tags(&found, &XMP_TAGS);

    let found = Found::of(
        [
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(),
            &[0; 300],
            XMP.as_bytes(),
            &[0; 50],
        ]
        .concat(),
    );
    assert_tags(&found, &XMP_TAGS);
}

#[test]
fn impossible_times_and_places_are_left_out() {
    let exif = tiff(
        &[],
        &[
            ascii(0x9003, "2017:13:41 12:30:05"),
            ascii(0x9004, "0000:00:00 00:00:00"),
        ],
        &[
            ascii(1, "N"),
            rationals(2, &[(33, 0)]),
            ascii(3, "E"),
            rationals(4, &[(500, 1)]),
        ],
    );
    let found = Found::of(jpeg(&[exif_segment(exif)]));
    assert_eq!(found.created, None);
    assert!(!found.tags.contains_key("exif:GPSLatitude"));
}

#[test]
fn damaged_or_endless_metadata_never_panics_and_stays_bounded() {
    let block = [b"Photoshop 3.0\0".to_vec(), resource(0x0404, &iptc())].concat();
    let whole = jpeg(&[exif_segment(camera_exif()), xmp_segment(), (0xed, block)]);
    for end in 0..whole.len() {
        Found::of(whole[..end].to_vec());
    }
    let mut state = 3_u32;
    for _ in 0..2000 {
        let mut damaged = whole.clone();
        for _ in 0..8 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (state >> 8) as usize % damaged.len();
            damaged[at] = state as u8;
        }
        Found::of(damaged);
    }
    let long = data_set(2, 120, &[b'x'; 30_000]);
    let found = Found::of(jpeg(&[(
        0xed,
        [b"Photoshop 3.0\0".to_vec(), resource(0x0404, &long)].concat(),
    )]));
    assert_eq!(found.tags["iptc:Caption"].len(), VALUE_LIMIT_BYTES);
    assert!(Found::of(Vec::new()).tags.is_empty());
}

#[test]
fn real_photographs_keep_what_they_say_and_videos_are_left_alone() {
    let path = Path::new("../shared/media/image/vacation_2017.jpg");
    if !path.exists() {
        eprintln!("skipped: {} is absent", path.display());
        return;
    }
    let found = Found::of(read_head(path).unwrap());
    assert_eq!(found.warnings, [""; 0]);
}

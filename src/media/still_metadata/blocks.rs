//! Where metadata lies in a file: JPEG segments, Photoshop resources, packets in other formats.

/// Metadata found without understanding it.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// A TIFF structure; `None` leaves it to the EXIF reader, which knows the other containers.
    pub(super) exif: Option<Vec<u8>>,
    /// IPTC-IIM data sets.
    pub(super) iptc: Option<Vec<u8>>,
    /// An XMP packet.
    pub(super) xmp: Option<Vec<u8>>,
}

/// Photoshop image resources (Adobe Photoshop File Formats Specification, "Image Resource IDs").
const RESOURCE_IPTC: u16 = 0x0404;
const RESOURCE_EXIF: u16 = 0x0422;
const RESOURCE_XMP: u16 = 0x0424;

/// How far from either end packets are searched for in formats that are not walked through.
const PACKET_HEAD: usize = 16 << 20;
const PACKET_TAIL: usize = 1 << 20;

/// The longest packet taken; honest ones have some 10 KB, padding included.
const PACKET_LIMIT: usize = 4 << 20;

impl Blocks {
    pub(super) fn of(bytes: &[u8]) -> Self {
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            Self::of_jpeg(bytes)
        } else if bytes.starts_with(b"8BPS") {
            Self::of_photoshop_file(bytes)
        } else if exif_is_tiff(bytes) {
            // Its fields hold the other two.
            Self::default()
        } else {
            Self {
                xmp: packet(bytes),
                ..Self::default()
            }
        }
    }

    fn of_jpeg(bytes: &[u8]) -> Self {
        let mut blocks = Self::default();
        let mut resources = Vec::new();
        for (marker, data) in JpegSegments(&bytes[2..]) {
            if marker == 0xe1 {
                if let Some(tiff) = data
                    .strip_prefix(b"Exif\0")
                    .filter(|_| blocks.exif.is_none())
                {
                    blocks.exif = tiff.get(1..).map(<[u8]>::to_vec);
                } else if let Some(xmp) = data.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0") {
                    blocks.xmp.get_or_insert_with(|| xmp.to_vec());
                }
            } else if marker == 0xed
                && let Some(part) = data.strip_prefix(b"Photoshop 3.0\0")
            {
                // A resource may go on in the next segment.
                resources.extend_from_slice(part);
            }
        }
        blocks.take_resources(&resources);
        blocks
    }

    fn of_photoshop_file(bytes: &[u8]) -> Self {
        let mut blocks = Self::default();
        let section = |at: usize| -> Option<(usize, &[u8])> {
            let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize;
            let start = at + 4;
            Some((
                start.checked_add(length)?,
                bytes.get(start..start.checked_add(length)?)?,
            ))
        };
        // A header of 26 bytes, the colour table, then the resources.
        if let Some((_, resources)) = section(26).and_then(|(end, _)| section(end)) {
            blocks.take_resources(resources);
        }
        blocks
    }

    pub(super) fn take_resources(&mut self, mut rest: &[u8]) {
        while let Some((identifier, data, after)) = resource(rest) {
            let block = match identifier {
                RESOURCE_IPTC => &mut self.iptc,
                RESOURCE_EXIF => &mut self.exif,
                RESOURCE_XMP => &mut self.xmp,
                _ => {
                    rest = after;
                    continue;
                }
            };
            block.get_or_insert_with(|| data.to_vec());
            rest = after;
        }
    }
}

/// Whether it is TIFF or a raw picture built like it.
pub(super) fn exif_is_tiff(bytes: &[u8]) -> bool {
    bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*")
}

/// The first resource: its identifier, its data, and what follows.
fn resource(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let rest = bytes.strip_prefix(b"8BIM")?;
    let identifier = u16::from_be_bytes(rest.get(..2)?.try_into().ok()?);
    // A name with its length before it, and data, both padded to an even length.
    let name = (usize::from(*rest.get(2)?) + 1).next_multiple_of(2);
    let rest = rest.get(2 + name..)?;
    let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
    let data = rest.get(4..4_usize.checked_add(length)?)?;
    let after = rest
        .get(4 + length.next_multiple_of(2)..)
        .unwrap_or_default();
    Some((identifier, data, after))
}

/// Marker and data of each segment up to the start of the picture.
struct JpegSegments<'a>(&'a [u8]);

impl<'a> Iterator for JpegSegments<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let [0xff, marker, rest @ ..] = self.0 else {
                return None;
            };
            match *marker {
                // Fill bytes, and markers that stand alone.
                0xff => self.0 = &self.0[1..],
                0x01 | 0xd0..=0xd7 => self.0 = rest,
                // Start of scan, end of image.
                0xda | 0xd9 | 0x00 => return None,
                marker => {
                    let length = usize::from(u16::from_be_bytes(rest.get(..2)?.try_into().ok()?));
                    let data = rest.get(2..length)?;
                    self.0 = &rest[length..];
                    return Some((marker, data));
                }
            }
        }
    }
}

/// An XMP packet found by its root element, as the XMP specification provides for (part 3, "packet
/// scanning").
fn packet(bytes: &[u8]) -> Option<Vec<u8>> {
    let head = &bytes[..bytes.len().min(PACKET_HEAD)];
    let tail = &bytes[bytes.len().saturating_sub(PACKET_TAIL).max(head.len())..];
    [head, tail].into_iter().find_map(|part| {
        let start = position(part, b"<x:xmpmeta")?;
        let packet = &part[start..part.len().min(start + PACKET_LIMIT)];
        const END: &[u8] = b"</x:xmpmeta>";
        let end = position(packet, END)?;
        Some(packet[..end + END.len()].to_vec())
    })
}

fn position(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = bytes
        .get(from..)?
        .iter()
        .position(|byte| *byte == needle[0])
    {
        if bytes[from + at..].starts_with(needle) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

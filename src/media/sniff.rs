//! A cheap look at a file's first bytes and at its name: could it be media?
//!
//! Text, office files, archives and programs are told apart from media without a decoder; what
//! looks like media may still turn out not to be when the worker opens it.

use std::path::Path;

/// How many bytes from the start of a file the test wants to see; fewer are enough for most.
pub const SNIFF_BYTES: usize = 4096;

/// First bytes that speak for themselves.
const MAGIC: &[&[u8]] = &[
    // Moving pictures with sound.
    b"\x1a\x45\xdf\xa3",                 // Matroska, WebM
    b"FLV\x01",                          // Flash video
    b"OggS",                             // Ogg
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", // ASF: WMV, WMA
    b"\x00\x00\x01\xba",                 // MPEG program stream
    b"\x00\x00\x01\xb3",                 // MPEG-1 and MPEG-2 video
    b"\x00\x00\x01\x67",                 // H.264
    b"\x00\x00\x00\x01\x67",             // H.264
    b"\x00\x00\x00\x01\x09",             // H.264 with access unit delimiter
    b"\x00\x00\x00\x01\x27",             // H.264
    b"\x00\x00\x00\x01\x40\x01",         // HEVC
    b"\x00\x00\x00\x01\x46\x01",         // HEVC with access unit delimiter
    b"\x1f\x07\x00\x3f",                 // DV, 525 lines
    b"\x1f\x07\x00\xbf",                 // DV, 625 lines
    b"\xb7\xd8\x00\x20\x37\x49\xda\x11", // Windows recorded TV
    b".RMF",                             // RealMedia
    b"YUV4MPEG2 ",                       // raw video
    b"DKIF",                             // IVF
    b"nut/multimedia container\0",       // NUT
    b"LEITCH\0",                         // LXF
    b"NSVf",                             // Nullsoft video
    // Sound.
    b"fLaC",
    b"ID3",
    b"caff",                 // Core Audio
    b"\x0b\x77",             // AC-3
    b"\x7f\xfe\x80\x01",     // DTS
    b"\xfe\x7f\x01\x80",     // DTS
    b"riff\x2e\x91\xcf\x11", // Wave64
    b".snd\0\0\0",           // AU
    b"#!AMR",
    b".ra\xfd", // RealAudio
    b"MAC ",    // Monkey's Audio
    b"wvpk",    // WavPack
    b"TTA1",
    b"MPCK",     // Musepack
    b"MP+",      // Musepack
    b"DSD \x1c", // DSF
    b"FRM8",     // DSDIFF
    b"Creative Voice File",
    b"TAK\x20tBaK",
    // Still pictures.
    b"\xff\xd8\xff", // JPEG
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\0", // TIFF and most raw pictures
    b"MM\0*", // TIFF
    b"II+\0", // BigTIFF
    b"MM\0+", // BigTIFF
    b"IIU\0", // Panasonic raw
    b"IIRO",  // Olympus raw
    b"FUJIFILMCCD-RAW",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n", // JPEG 2000
    b"\xff\x4f\xff\x51",               // JPEG 2000 codestream
    b"\x00\x00\x00\x0cJXL \r\n\x87\n", // JPEG XL
    b"\xff\x0a",                       // JPEG XL codestream
    b"SDPX",                           // DPX
    b"XPDS",                           // DPX
    b"\x80\x2a\x5f\xd7",               // Cineon
    b"\x76\x2f\x31\x01",               // OpenEXR
    b"8BPS\0\x01",                     // Photoshop
    b"8BPS\0\x02",                     // Photoshop, large
    b"#?RADIANCE",
    b"qoif",
    b"DDS ",
    b"\x01\xda\x00", // SGI
    b"\x01\xda\x01", // SGI
    b"SIMPLE  =",    // FITS
];

/// Extensions that promise media, sorted.
const EXTENSIONS: &[&str] = &[
    "3g2", "3gp", "aac", "ac3", "aif", "aifc", "aiff", "amr", "ape", "apng", "arw", "asf", "au",
    "avi", "avif", "bmp", "bw64", "caf", "cin", "cr2", "cr3", "dds", "dif", "divx", "dng", "dpx",
    "dsf", "dts", "dv", "eac3", "evo", "exr", "f4v", "flac", "flv", "gif", "gxf", "h264", "h265",
    "hdr", "heic", "heics", "heif", "hevc", "ivf", "j2c", "j2k", "jfif", "jp2", "jpe", "jpeg",
    "jpf", "jpg", "jpx", "jxl", "lxf", "m1v", "m2p", "m2t", "m2ts", "m2v", "m4a", "m4b", "m4v",
    "mj2", "mjpeg", "mjpg", "mka", "mkv", "mlp", "mod", "mov", "mp2", "mp3", "mp4", "mpa", "mpc",
    "mpe", "mpeg", "mpg", "mpv", "mts", "mxf", "nef", "nut", "oga", "ogg", "ogm", "ogv", "opus",
    "orf", "pbm", "pcx", "pgm", "png", "pnm", "ppm", "psb", "psd", "qoi", "qt", "ra", "raf",
    "rf64", "rm", "rmvb", "rw2", "sgi", "snd", "tak", "tga", "thd", "tif", "tiff", "tod", "tta",
    "vob", "voc", "w64", "wav", "wave", "webm", "webp", "wma", "wmv", "wtv", "wv", "y4m",
];

/// Whether the first bytes of a file ([`SNIFF_BYTES`] of them, or all) could begin a media file.
pub fn looks_like_media(head: &[u8]) -> bool {
    MAGIC.iter().any(|magic| head.starts_with(magic))
        || is_quicktime(head)
        || is_chunked(head)
        || is_bitmap(head)
        || is_flic(head)
        || is_portable_map(head)
        || is_general_exchange(head)
        || is_material_exchange(head)
        || is_transport_stream(head)
        || is_framed_audio(head)
}

/// Whether a file's name promises media, so that it is handed over whatever its content looks like.
///
/// `.ts` is left out: more of them are TypeScript or translations than video, and video shows
/// itself by its content.
pub fn has_media_extension(path: &Path) -> bool {
    path.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| {
            EXTENSIONS
                .binary_search(&extension.to_ascii_lowercase().as_str())
                .is_ok()
        })
}

/// MP4, QuickTime, HEIF, AVIF: a box with a known name. The oldest files start with any of these.
fn is_quicktime(head: &[u8]) -> bool {
    let (Some(size), Some(name)) = (big_endian(head, 0), head.get(4..8)) else {
        return false;
    };
    match name {
        b"ftyp" | b"styp" | b"moov" | b"pnot" | b"sidx" => (8..1 << 24).contains(&size),
        // Lengths of padding keep words of a text such as "the free" out; media data has any length.
        b"wide" | b"free" | b"skip" => size < 1 << 24,
        b"mdat" => true,
        _ => false,
    }
}

/// RIFF, RF64 and IFF: a name, a length, and the name of what is inside.
fn is_chunked(head: &[u8]) -> bool {
    let (Some(outer), Some(inner)) = (head.get(..4), head.get(8..12)) else {
        return false;
    };
    match outer {
        b"RIFF" | b"RIFX" | b"RF64" | b"BW64" => matches!(
            inner,
            b"WAVE" | b"AVI " | b"AVIX" | b"WEBP" | b"RMID" | b"AMV " | b"CDXA"
        ),
        b"FORM" => matches!(
            inner,
            b"AIFF" | b"AIFC" | b"8SVX" | b"ILBM" | b"PBM " | b"ANIM" | b"16SV"
        ),
        _ => false,
    }
}

/// `BM` alone begins many words: its reserved fields are zero and its second header has one of few sizes.
fn is_bitmap(head: &[u8]) -> bool {
    head.starts_with(b"BM")
        && head.get(6..10) == Some(&[0; 4])
        && matches!(
            head.get(14..18),
            Some([12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0])
        )
}

fn is_flic(head: &[u8]) -> bool {
    matches!(head.get(4..6), Some([0x11 | 0x12, 0xaf]))
        && head
            .get(12..14)
            .is_some_and(|depth| matches!(depth, [8, 0] | [0, 0]))
}

/// PBM, PGM, PPM, PAM: `P`, a digit, white space, then a number or a comment.
fn is_portable_map(head: &[u8]) -> bool {
    let [b'P', b'1'..=b'7', white, first, ..] = head else {
        return false;
    };
    matches!(white, b' ' | b'\n' | b'\r' | b'\t')
        && (first.is_ascii_digit() || *first == b'#' || head.starts_with(b"P7\nWIDTH"))
}

/// GXF, SMPTE ST 360: a packet leader, a map packet, a trailer.
fn is_general_exchange(head: &[u8]) -> bool {
    head.starts_with(&[0, 0, 0, 0, 1, 0xbc]) && head.get(14..16) == Some(&[0xe1, 0xe2])
}

/// MXF, SMPTE ST 377-1: the key of a header partition, which a run-in may precede.
fn is_material_exchange(head: &[u8]) -> bool {
    const PARTITION: &[u8] = &[
        0x06, 0x0e, 0x2b, 0x34, 0x02, 0x05, 0x01, 0x01, 0x0d, 0x01, 0x02, 0x01, 0x01, 0x02,
    ];
    head.windows(PARTITION.len())
        .any(|window| window == PARTITION)
}

/// MPEG transport stream: its sync byte at the distance of packets, with or without a time stamp
/// or error correction in each. A recording may begin in the middle of a packet.
fn is_transport_stream(head: &[u8]) -> bool {
    [188, 192, 204].iter().any(|&packet| {
        let wanted = 5.min(head.len() / packet);
        wanted >= 3
            && (0..packet).any(|start| {
                head[start..].iter().step_by(packet).take(wanted).filter(|byte| **byte == 0x47).count() == wanted
                    // A text full of `G` has it everywhere, packets have it at their start.
                    && head[start..].iter().take(packet).filter(|byte| **byte == 0x47).count() < packet / 8
            })
    })
}

/// MPEG audio and AAC without a container: frame headers at the distance that each one tells.
fn is_framed_audio(head: &[u8]) -> bool {
    let follows = |start: usize, frames: usize, length: fn(&[u8]) -> Option<usize>| {
        let mut at = start;
        (0..frames).all(|_| match head.get(at..).and_then(length) {
            Some(bytes) => {
                at += bytes;
                true
            }
            None => false,
        })
    };
    // Zeros or the rest of a cut frame may come first; then one more frame has to prove it.
    follows(0, 2, mpeg_audio_frame)
        || follows(0, 2, adts_frame)
        || (1..head.len().min(2048))
            .any(|start| head[start] == 0xff && follows(start, 3, mpeg_audio_frame))
}

/// Length in bytes of the MPEG audio frame (ISO/IEC 11172-3, 13818-3) that begins here.
fn mpeg_audio_frame(bytes: &[u8]) -> Option<usize> {
    const KILOBITS_V1: [[usize; 16]; 3] = [
        [
            0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0,
        ],
        [
            0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0,
        ],
        [
            0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0,
        ],
    ];
    const KILOBITS_V2: [[usize; 16]; 2] = [
        [
            0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0,
        ],
        [
            0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0,
        ],
    ];
    let [0xff, second, third, fourth, ..] = *bytes else {
        return None;
    };
    if second & 0xe0 != 0xe0 || fourth & 3 == 2 {
        return None;
    }
    // Versions: 3 is MPEG-1, 2 is MPEG-2, 0 is MPEG-2.5. Layers count backwards from 3.
    let (version, layer) = ((second >> 3) & 3, 4 - usize::from((second >> 1) & 3));
    if version == 1 || layer == 4 {
        return None;
    }
    let rate = [44_100, 48_000, 32_000].get(usize::from((third >> 2) & 3))?
        >> [2, 0, 1, 0][usize::from(version)];
    let column = usize::from(third >> 4);
    let kilobits = if version == 3 {
        KILOBITS_V1[layer - 1][column]
    } else {
        KILOBITS_V2[usize::from(layer > 1)][column]
    };
    if kilobits == 0 {
        return None;
    }
    let padding = usize::from((third >> 1) & 1);
    Some(match (layer, version) {
        (1, _) => (12_000 * kilobits / rate + padding) * 4,
        (3, 0 | 2) => 72_000 * kilobits / rate + padding,
        _ => 144_000 * kilobits / rate + padding,
    })
}

/// Length in bytes of the ADTS frame (ISO/IEC 13818-7) that begins here.
fn adts_frame(bytes: &[u8]) -> Option<usize> {
    let [0xff, second, third, fourth, fifth, sixth, ..] = *bytes else {
        return None;
    };
    let is_header = second & 0xf6 == 0xf0 && (third >> 2) & 15 < 13;
    let length = usize::from(fourth & 3) << 11 | usize::from(fifth) << 3 | usize::from(sixth >> 5);
    (is_header && length >= 7).then_some(length)
}

fn big_endian(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests;

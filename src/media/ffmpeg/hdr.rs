//! HDR pictures as SDR ones: linear light, BT.709 primaries, highlights rolled off.

use std::sync::OnceLock;

use ffmpeg_next::ffi;

/// HDR transfer functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transfer {
    /// SMPTE ST 2084.
    Pq,
    /// ARIB STD-B67.
    Hlg,
}

impl Transfer {
    /// The HDR transfer function of that code point; `None` for SDR.
    pub(super) fn of(characteristic: ffi::AVColorTransferCharacteristic) -> Option<Self> {
        match characteristic {
            ffi::AVColorTransferCharacteristic::AVCOL_TRC_SMPTE2084 => Some(Self::Pq),
            ffi::AVColorTransferCharacteristic::AVCOL_TRC_ARIB_STD_B67 => Some(Self::Hlg),
            _ => None,
        }
    }
}

/// Brightness of diffuse white in HDR, in cd/m² (ITU-R BT.2408); it becomes SDR's white.
const DIFFUSE_WHITE: f32 = 203.0;

/// Brightest light kept apart, in units of diffuse white; what is above becomes white.
const PEAK: f32 = 1000.0 / DIFFUSE_WHITE;

/// Below this share of white, light passes unchanged, so that skin and sky keep their tones.
const KNEE: f32 = 0.6;

const TABLE_BITS: u32 = 12;

/// Native-endian 16-bit RGB in BT.2020 primaries as 8-bit sRGB.
pub(super) fn tone_map(rgb48: &[u8], transfer: Transfer) -> Vec<u8> {
    let linear = match transfer {
        Transfer::Pq => {
            static TABLE: OnceLock<Vec<f32>> = OnceLock::new();
            TABLE.get_or_init(|| table(pq_to_light))
        }
        Transfer::Hlg => {
            static TABLE: OnceLock<Vec<f32>> = OnceLock::new();
            TABLE.get_or_init(|| table(hlg_to_scene))
        }
    };
    static ENCODED: OnceLock<Vec<u8>> = OnceLock::new();
    let encoded = ENCODED.get_or_init(|| {
        let last = (1_u32 << TABLE_BITS) as f32;
        (0..=1_u32 << TABLE_BITS)
            .map(|step| srgb_encode(step as f32 / last))
            .collect()
    });
    let mut out = Vec::with_capacity(rgb48.len() / 2);
    for pixel in rgb48.chunks_exact(6) {
        let value = |at: usize| {
            linear[usize::from(u16::from_ne_bytes([pixel[at], pixel[at + 1]]) >> (16 - TABLE_BITS))]
        };
        let mut light = [value(0), value(2), value(4)];
        if transfer == Transfer::Hlg {
            light = hlg_display(light);
        }
        for channel in sdr_light(light) {
            out.push(encoded[(channel * (1_u32 << TABLE_BITS) as f32 + 0.5) as usize]);
        }
    }
    out
}

fn table(light: fn(f32) -> f32) -> Vec<f32> {
    let last = ((1_u32 << TABLE_BITS) - 1) as f32;
    (0..1_u32 << TABLE_BITS)
        .map(|step| light(step as f32 / last))
        .collect()
}

/// SMPTE ST 2084, in units of diffuse white.
fn pq_to_light(signal: f32) -> f32 {
    const M1: f32 = 2610.0 / 16384.0;
    const M2: f32 = 2523.0 / 4096.0 * 128.0;
    const C1: f32 = 3424.0 / 4096.0;
    const C2: f32 = 2413.0 / 4096.0 * 32.0;
    const C3: f32 = 2392.0 / 4096.0 * 32.0;
    let power = signal.powf(1.0 / M2);
    let light = ((power - C1).max(0.0) / (C2 - C3 * power)).powf(1.0 / M1);
    light * 10_000.0 / DIFFUSE_WHITE
}

/// Inverse of the HLG OETF (ITU-R BT.2100), scene light 0 to 1.
fn hlg_to_scene(signal: f32) -> f32 {
    const A: f32 = 0.178_832_77;
    const B: f32 = 1.0 - 4.0 * A;
    const C: f32 = 0.559_910_7;
    if signal <= 0.5 {
        signal * signal / 3.0
    } else {
        (((signal - C) / A).exp() + B) / 12.0
    }
}

/// The HLG OOTF of a display of 1000 cd/m² (ITU-R BT.2100, gamma 1.2), in units of diffuse white.
fn hlg_display(scene: [f32; 3]) -> [f32; 3] {
    let luminance = 0.2627 * scene[0] + 0.6780 * scene[1] + 0.0593 * scene[2];
    let gain = luminance.max(1e-6).powf(0.2) * PEAK;
    scene.map(|channel| channel * gain)
}

/// BT.2020 light as BT.709 light within 0 to 1, hue kept by scaling all channels alike.
fn sdr_light([r, g, b]: [f32; 3]) -> [f32; 3] {
    // ITU-R BT.2087, inverted: BT.2020 to BT.709 primaries.
    let mut light = [
        1.6605 * r - 0.5876 * g - 0.0728 * b,
        -0.1246 * r + 1.1329 * g - 0.0083 * b,
        -0.0182 * r - 0.1006 * g + 1.1187 * b,
    ];
    let strongest = light
        .iter()
        .fold(0.0_f32, |most, &channel| most.max(channel));
    if strongest > KNEE {
        let scale = roll_off(strongest) / strongest;
        light = light.map(|channel| channel * scale);
    }
    light.map(|channel| channel.clamp(0.0, 1.0))
}

/// A Möbius curve that leaves the knee with slope 1 and reaches 1 at the peak.
fn roll_off(light: f32) -> f32 {
    let light = light.min(PEAK);
    let a = -KNEE * KNEE * (PEAK - 1.0) / (KNEE * KNEE - 2.0 * KNEE + PEAK);
    let b = (KNEE * KNEE - 2.0 * KNEE * PEAK + PEAK) / (PEAK - 1.0);
    ((b * b + 2.0 * b * KNEE + KNEE * KNEE) / (b - a) * (light + a) / (light + b)).min(1.0)
}

/// IEC 61966-2-1.
fn srgb_encode(light: f32) -> u8 {
    let value = if light <= 0.003_130_8 {
        12.92 * light
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    };
    (value * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(signal: f32, transfer: Transfer) -> u8 {
        let value = (signal * 65_535.0) as u16;
        let pixel: Vec<u8> = [value; 3].iter().flat_map(|v| v.to_ne_bytes()).collect();
        let out = tone_map(&pixel, transfer);
        assert!(
            out[0].abs_diff(out[1]) <= 1 && out[1].abs_diff(out[2]) <= 1,
            "grey stays grey: {out:?}"
        );
        out[0]
    }

    #[test]
    fn diffuse_white_is_bright_and_black_is_black_in_both_systems() {
        // BT.2408: diffuse white is 58 % of PQ and 75 % of HLG.
        assert!(grey(0.58, Transfer::Pq) > 195);
        assert!(grey(0.75, Transfer::Hlg) > 195);
        assert_eq!(grey(0.0, Transfer::Pq), 0);
        assert_eq!(grey(0.0, Transfer::Hlg), 0);
        assert_eq!(grey(1.0, Transfer::Pq), 255);
    }

    #[test]
    fn brighter_light_never_becomes_darker() {
        let mut before = 0;
        for step in 0..=100 {
            let now = grey(step as f32 / 100.0, Transfer::Pq);
            assert!(now >= before);
            before = now;
        }
        assert!((roll_off(KNEE) - KNEE).abs() < 1e-4);
        assert!((roll_off(PEAK) - 1.0).abs() < 1e-4);
    }
}

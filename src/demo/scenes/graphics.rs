//! Pictures that are no scenes: clapperboard, colour bars, countdown.

use std::f32::consts::{PI, TAU};

use super::{
    super::{
        lettering::Face,
        paint::{Painter, ink},
    },
    View,
};

/// A clapperboard that closes once.
pub(super) fn slate(painter: &mut Painter, view: &View) {
    let (left, top, right, bottom) = painter.view();
    let room = view.pick(
        1900,
        &[
            ink(0x7a8288),
            ink(0x5a4a3c),
            ink(0x34485a),
            ink(0x6a7a5c),
            ink(0xb8b0a0),
        ],
    );
    painter.gradient(
        (left, top, right - left, bottom - top),
        room.shade(1.15),
        room.shade(0.65),
    );
    let (x, y) = (
        view.varied(1901, -0.08, 0.08),
        0.42 + 0.006 * view.wave(1.2, 0.0),
    );
    let black = ink(0x17181c);
    painter.rectangle(x - 0.46, y, 0.92, 0.46, black);
    painter.rectangle(x - 0.44, y + 0.085, 0.88, 0.355, ink(0x26282e));
    let stripes = |painter: &mut Painter, angle: f32, lift: f32| {
        let hinge = (x - 0.46, y + lift);
        let (sine, cosine) = angle.sin_cos();
        let at = |along: f32, across: f32| {
            (
                hinge.0 + along * cosine + across * sine,
                hinge.1 - along * sine + across * cosine,
            )
        };
        painter.polygon(
            &[at(0.0, 0.0), at(0.92, 0.0), at(0.92, 0.075), at(0.0, 0.075)],
            black,
        );
        for stripe in 0..5 {
            let from = 0.03 + stripe as f32 * 0.185;
            painter.polygon(
                &[
                    at(from, 0.075),
                    at(from + 0.09, 0.075),
                    at(from + 0.13, 0.0),
                    at(from + 0.04, 0.0),
                ],
                ink(0xf4f4f0),
            );
        }
    };
    stripes(painter, 0.0, 0.0);
    let open = (0.45 - (view.seconds - 1.0).max(0.0) * 3.0).clamp(0.0, 0.45);
    stripes(painter, open, -0.078);
    let chalk = ink(0xf2f2ec);
    let scene = 1 + (view.chance(1902) * 48.0) as u32;
    let take = 1 + (view.chance(1903) * 9.0) as u32;
    let rows = [
        ("PROD.", "GAMES FILM".to_owned()),
        ("ROLL A  SCENE", scene.to_string()),
        ("TAKE", take.to_string()),
    ];
    for (row, (label, value)) in rows.iter().enumerate() {
        let base = y + 0.165 + row as f32 * 0.115;
        view.fonts.write(
            painter,
            (Face::Grotesque, label),
            (x - 0.41, base),
            0.036,
            chalk,
        );
        view.fonts.write(
            painter,
            (Face::Headline, value),
            (x + 0.06, base),
            0.052,
            chalk,
        );
        painter.rectangle(x - 0.42, base + 0.032, 0.84, 0.005, chalk);
    }
}

/// The bars of SMPTE EG 1, or full-height bars as in Europe.
pub(super) fn colour_bars(painter: &mut Painter, view: &View) {
    let (left, _, right, _) = painter.view();
    let width = right - left;
    let bright = [
        0xc0c0c0, 0xc0c000, 0x00c0c0, 0x00c000, 0xc000c0, 0xc00000, 0x0000c0,
    ];
    let is_european = view.chance(1910) < 0.4;
    let (codes, height): (Vec<u32>, f32) = if is_european {
        let full = [
            0xffffff, 0xc0c000, 0x00c0c0, 0x00c000, 0xc000c0, 0xc00000, 0x0000c0, 0x000000,
        ];
        (full.to_vec(), 1.0)
    } else {
        (bright.to_vec(), 0.67)
    };
    let bar = width / codes.len() as f32;
    for (place, code) in codes.iter().enumerate() {
        painter.rectangle(
            left + place as f32 * bar,
            0.0,
            bar + 0.002,
            height,
            ink(*code),
        );
    }
    if !is_european {
        let castellation = [
            0x0000c0, 0x131313, 0xc000c0, 0x131313, 0x00c0c0, 0x131313, 0xc0c0c0,
        ];
        for (place, code) in castellation.iter().enumerate() {
            painter.rectangle(
                left + place as f32 * bar,
                0.67,
                bar + 0.002,
                0.08,
                ink(*code),
            );
        }
        let lower = width / 6.0;
        for (place, code) in [0x00214c, 0xffffff, 0x32006a, 0x131313, 0x090909, 0x131313]
            .iter()
            .enumerate()
        {
            painter.rectangle(
                left + place as f32 * lower,
                0.75,
                lower + 0.002,
                0.26,
                ink(*code),
            );
        }
    }
    if view.chance(1911) < 0.5 {
        painter.rectangle(-0.30, 0.42, 0.60, 0.12, ink(0x101014));
        view.fonts.write_centred(
            painter,
            (Face::Headline, "REELDEX TEST"),
            (0.0, 0.505),
            (0.055, 0.55),
            ink(0xf4f4f4),
        );
    }
}

/// A leader that counts down, with its hand going round.
pub(super) fn countdown(painter: &mut Painter, view: &View) {
    let (left, top, right, bottom) = painter.view();
    let paper = view.pick(
        1920,
        &[ink(0xc9c4b4), ink(0xa8a8a4), ink(0xd8cba8), ink(0x8f9698)],
    );
    painter.rectangle(left, top, right - left, bottom - top, paper);
    let centre = (0.0, 0.5);
    let start = 3 + (view.chance(1921) * 6.0) as i32;
    let turn = view.seconds.fract();
    let steps = (turn * 24.0) as usize + 1;
    let mut hand = vec![centre];
    for step in 0..=steps {
        let angle = turn * TAU * step as f32 / steps as f32 - PI / 2.0;
        hand.push((1.3 * angle.cos(), 0.5 + 1.3 * angle.sin()));
    }
    painter.polygon(&hand, paper.shade(0.7));
    let black = ink(0x1c1b18);
    painter.line(&[(left, 0.5), (right, 0.5)], 0.007, black);
    painter.line(&[(0.0, top), (0.0, bottom)], 0.007, black);
    painter.ring(centre, 0.38, 0.38, 0.012, black);
    painter.ring(centre, 0.33, 0.33, 0.008, black);
    let number = (start - view.seconds as i32).max(1).to_string();
    view.fonts.write_centred(
        painter,
        (Face::Headline, &number),
        (0.0, 0.64),
        (0.29, 0.5),
        black,
    );
    // Dust of an old print.
    let dust = (0..12_u32).map(|speck| {
        let salt = 1930 + speck + 20 * (view.seconds * 12.0) as u32;
        let (x, y) = ((view.chance(salt) - 0.5) * 1.8, view.chance(salt + 7));
        (x, y, 0.004 + 0.006 * view.chance(salt + 3), 0.004)
    });
    painter.specks(dust, black);
}

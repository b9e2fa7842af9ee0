//! Spectators and people who speak.

use super::{
    super::{
        figure::{Dress, Figure, Pose},
        lettering::Face,
        paint::{Painter, ink},
    },
    View, setting,
};

/// Spectators in rows, most of them in one colour.
pub(super) fn crowd(painter: &mut Painter, view: &View) {
    setting::sky(painter, view, 0.25);
    setting::floodlights(painter, view, 0.25);
    let (left, _, right, bottom) = painter.view();
    let seats = view.pick(
        1000,
        &[ink(0x4a5260), ink(0x6a5a50), ink(0x3a5a70), ink(0x7c7f86)],
    );
    painter.gradient(
        (left, 0.22, right - left, (bottom - 0.22).max(0.8)),
        seats.shade(0.55),
        seats,
    );
    let others = [0xd8d4cc, 0x4a6ea8, 0xb8564c, 0x6b8a5a];
    for row in 0..6_u32 {
        let size = 0.10 + 0.022 * row as f32;
        let y = 0.34 + 0.115 * row as f32 + 0.006 * (row * row) as f32;
        painter.rectangle(
            left,
            y + size * 0.9,
            right - left,
            size * 0.25,
            seats.shade(1.25),
        );
        let gap = size * 0.98;
        let count = (2.5 / gap) as u32;
        for seat in 0..count {
            let number = row * 40 + seat;
            let x = (seat as f32 - count as f32 / 2.0) * gap
                + view.varied(1100 + number, -0.015, 0.015);
            if x < left - size || x > right + size {
                continue;
            }
            let hop = 0.025 * view.wave(1.2, view.chance(1400 + number)).max(0.0);
            let shirt = if view.chance(1700 + number) < 0.78 {
                view.kit()
            } else {
                ink(view.pick(2000 + number, &others))
            };
            let shoulder = y + size * 0.32 - hop;
            let skin = view.skin(number as usize % 97);
            if view.chance(2300 + number) < 0.4 {
                for side in [-1.0, 1.0] {
                    let hand = (
                        x + side * size * 0.45,
                        shoulder - size * (0.75 + 0.1 * view.wave(1.7, side)),
                    );
                    painter.line(
                        &[(x + side * size * 0.28, shoulder + size * 0.1), hand],
                        size * 0.13,
                        skin,
                    );
                }
            }
            painter.line(
                &[(x, shoulder + size * 0.14), (x, shoulder + size)],
                size * 0.66,
                shirt.shade(view.varied(2600 + number, 0.82, 1.0)),
            );
            painter.disc(
                (x, shoulder - size * 0.33),
                size * 0.27,
                view.pick(
                    2900 + number,
                    &[ink(0x2a1c14), ink(0x6b4423), ink(0xb08a4a), ink(0x1c1a1a)],
                ),
            );
            painter.ellipse((x, shoulder - size * 0.25), size * 0.22, size * 0.25, skin);
            if size * painter.pixels_per_unit() > 26.0 {
                painter.ellipse(
                    (x, shoulder - size * 0.13),
                    size * 0.08,
                    size * 0.05,
                    ink(0x5a2420),
                );
            }
        }
    }
    for scarf in 0..3_u32 {
        let x = view.varied(3200 + scarf, -0.6, 0.6);
        let y = 0.42 + 0.16 * scarf as f32;
        let sway = 0.02 * view.wave(0.8, view.chance(3210 + scarf));
        painter.line(
            &[(x - 0.10, y + sway), (x, y - 0.02), (x + 0.10, y - sway)],
            0.035,
            view.kit(),
        );
        painter.line(
            &[
                (x - 0.03, y + sway * 0.3 - 0.008),
                (x + 0.03, y - sway * 0.3 - 0.008),
            ],
            0.035,
            ink(0xf4f2ec),
        );
    }
}

/// An athlete, and perhaps a reporter, before a wall of names.
pub(super) fn interview(painter: &mut Painter, view: &View) {
    setting::sky(painter, view, 0.72);
    setting::trees(painter, view, 0.72);
    setting::ground(painter, view, 0.70, ink(0x6a9a56));
    let has_wall = view.chance(1001) < 0.7;
    if has_wall {
        let wall = view.pick(
            1002,
            &[
                ink(0xf0eee8),
                ink(0x22304e),
                ink(0xdfe6ee),
                ink(0x4a2440),
                ink(0xe8dcc4),
            ],
        );
        painter.rectangle(-0.62, 0.28, 1.24, 0.9, wall);
        let names = ["AURORA", "VELO", "NORDIA", "KESTREL", "LUMEN", "ARCO"];
        let letters = if wall.luma() > 0.5 {
            ink(0x2a4a8a)
        } else {
            ink(0xe6e2d4)
        };
        for row in 0..5_usize {
            for column in 0..3_usize {
                let x = (column as f32 - 1.0) * 0.40 + if row % 2 == 0 { -0.06 } else { 0.06 };
                let name = names[(row * 2 + column) % names.len()];
                let face = if column % 2 == 0 {
                    Face::Headline
                } else {
                    Face::Serif
                };
                view.fonts.write_centred(
                    painter,
                    (face, name),
                    (x, 0.36 + row as f32 * 0.15),
                    (0.032, 0.2),
                    letters.alpha(0.75),
                );
            }
        }
    }
    let count = view.people();
    let middle = view.subject_x();
    let talk = view.wave(1.9, view.chance(1003)) * 0.5 + 0.5;
    let microphone_at = if count > 1 {
        let x = middle + view.facing() * 0.34;
        let pose = Pose {
            lean: 0.04,
            arms: [(0.2, 0.3), (1.0, 0.55)],
            legs: [(0.05, 0.0), (-0.05, 0.0)],
        };
        let mut reporter = view.opponent(1, (x, 0.9), pose);
        reporter.dress = Dress::Trousers;
        reporter.hip.1 = 0.90;
        reporter.kit = view.second();
        reporter.second = view.second().shade(0.8);
        let ends = reporter.draw(painter);
        ends.hands[1]
    } else {
        (middle + view.facing() * 0.20, 0.62)
    };
    let nod = 0.02 * view.wave(0.7, view.chance(1004));
    let pose = Pose {
        lean: nod,
        arms: [(0.25, 0.2), (0.35 + 0.2 * talk, 0.8)],
        legs: [(0.05, 0.0), (0.05, 0.0)],
    };
    let athlete = Figure {
        is_front: true,
        facing: 1.0,
        dress: Dress::Trousers,
        ..view.figure(0, (middle, 0.92), pose)
    };
    let ends = athlete.draw(painter);
    let size = athlete.height;
    painter.ellipse(
        (ends.head.0, ends.head.1 + 0.045 * size),
        0.022 * size,
        (0.006 + 0.016 * talk) * size,
        ink(0x6a1f1c),
    );
    let mouth = (ends.head.0 + view.facing() * 0.075, ends.head.1 + 0.135);
    let tail = (
        microphone_at.0 + (microphone_at.0 - mouth.0) * 0.25,
        microphone_at.1 + (microphone_at.1 - mouth.1) * 0.25,
    );
    painter.line(&[tail, mouth], 0.026, ink(0x1c1e24));
    painter.disc(mouth, 0.036, ink(0x30343e));
    let cube = (
        mouth.0 + (tail.0 - mouth.0) * 0.3,
        mouth.1 + (tail.1 - mouth.1) * 0.3,
    );
    painter.rectangle(
        cube.0 - 0.03,
        cube.1 - 0.025,
        0.06,
        0.05,
        ink(view.pick(1005, &[0xe03a34, 0x2a6ad0, 0xf2b22c, 0x2f9a5c])),
    );
}

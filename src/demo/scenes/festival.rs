//! Ceremonies and feasts: podium, medal, flags, fireworks.

use std::f32::consts::{PI, TAU};

use super::{
    super::{
        figure::{Dress, Figure, Pose},
        lettering::Face,
        paint::{Painter, Place, ink},
    },
    View, setting,
};

/// Three athletes on the podium; the winner wears the kit, the others the second colour.
pub(super) fn podium(painter: &mut Painter, view: &View) {
    setting::hall(painter, view, 0.72);
    setting::ground(
        painter,
        view,
        0.72,
        view.pick(
            800,
            &[ink(0x5a4a80), ink(0x8a3a40), ink(0x3c5a7a), ink(0x6a6a70)],
        ),
    );
    let middle = view.subject_x();
    let backdrop = view.pick(
        801,
        &[ink(0xe6e0d0), ink(0x30406a), ink(0x6b2f45), ink(0x2f6058)],
    );
    painter.rectangle(middle - 0.62, 0.12, 1.24, 0.62, backdrop);
    for ring in 0..12_u32 {
        let place = (
            middle - 0.52 + (ring % 4) as f32 * 0.35,
            0.20 + (ring / 4) as f32 * 0.18,
        );
        painter.ring(place, 0.035, 0.035, 0.008, backdrop.mix(ink(0xd8a838), 0.5));
    }
    let places = [
        (1, middle - 0.215, 0.10, "2"),
        (2, middle + 0.215, 0.065, "3"),
        (0, middle, 0.155, "1"),
    ];
    for (person, x, high, number) in places {
        let top = view.ground() + 0.155 - high;
        painter.rectangle(x - 0.105, top, 0.21, high + 0.06, ink(0xf0eee8));
        painter.rectangle(x - 0.105, top, 0.21, 0.016, ink(0xd2b048));
        view.fonts.write_centred(
            painter,
            (Face::Headline, number),
            (x, top + 0.105),
            (0.055, 0.2),
            ink(0x3a4458),
        );
        let cheer = view.wave(0.6, view.chance(805 + person as u32)).max(0.0);
        let raised = view.chance(810 + person as u32) < 0.6;
        let arms = if raised {
            [(0.25, 0.1), (2.3 + 0.5 * cheer, 0.1)]
        } else {
            [(0.3, 0.2), (0.3, 0.2)]
        };
        let pose = Pose {
            lean: 0.0,
            arms,
            legs: [(0.08, 0.0), (0.08, 0.0)],
        };
        let mut figure = Figure {
            is_front: true,
            facing: 1.0,
            dress: Dress::Trousers,
            ..view.figure(person, (x, 0.5), pose)
        };
        if person > 0 {
            std::mem::swap(&mut figure.kit, &mut figure.second);
        }
        let figure = figure.standing_on(top);
        let ends = figure.draw(painter);
        let size = figure.height;
        let medal = (ends.neck.0, ends.neck.1 + 0.16 * size);
        for side in [-1.0, 1.0] {
            painter.line(
                &[(ends.neck.0 + side * 0.04 * size, ends.neck.1), medal],
                0.014 * size,
                ink(0x3a5fc0),
            );
        }
        let metal = [0xf2c430, 0xc6ccd4, 0xc07a3c][person];
        painter.disc(medal, 0.045 * size, ink(metal));
        if raised {
            flowers(painter, ends.hands[1], size);
        }
    }
}

fn flowers(painter: &mut Painter, hand: Place, size: f32) {
    painter.line(
        &[hand, (hand.0, hand.1 - 0.06 * size)],
        0.03 * size,
        ink(0x3c8a44),
    );
    for (blossom, colour) in [0xe8506a, 0xf6d24a, 0xf2f2f4, 0xe8506a].iter().enumerate() {
        let (sine, cosine) = (blossom as f32 * 1.6).sin_cos();
        painter.disc(
            (
                hand.0 + cosine * 0.04 * size,
                hand.1 - (0.09 + 0.03 * sine) * size,
            ),
            0.032 * size,
            ink(*colour),
        );
    }
}

/// A medal on its ribbon before a dark cloth.
pub(super) fn medal(painter: &mut Painter, view: &View) {
    let (left, top, right, bottom) = painter.view();
    let cloth = view.pick(
        820,
        &[
            ink(0x2a2440),
            ink(0x14343c),
            ink(0x4a1c28),
            ink(0xd8d0c0),
            ink(0x8a93a0),
        ],
    );
    painter.gradient(
        (left, top, right - left, bottom - top),
        cloth.shade(0.7),
        cloth.shade(1.25),
    );
    let x = view.subject_x() + 0.015 * view.wave(0.25, view.chance(821));
    let centre = (x, 0.62);
    painter.glow(centre, 0.5, ink(0xfff0c0).alpha(0.25));
    let half = 0.055;
    for side in [-1.0, 1.0] {
        let (far, near) = (x + side * 0.22, x + side * 0.012);
        painter.polygon(
            &[
                (far - half, -0.4),
                (far + half, -0.4),
                (near + half, 0.46),
                (near - half, 0.46),
            ],
            view.kit().shade(if side < 0.0 { 0.8 } else { 1.0 }),
        );
        painter.polygon(
            &[
                (far - half * 0.35, -0.4),
                (far + half * 0.35, -0.4),
                (near + half * 0.35, 0.46),
                (near - half * 0.35, 0.46),
            ],
            view.second(),
        );
    }
    let gold = ink(0xf0c02c);
    painter.ring((x, 0.465), 0.028, 0.028, 0.012, gold.shade(0.8));
    painter.disc(centre, 0.165, gold.shade(0.72));
    painter.disc(centre, 0.152, gold);
    painter.ring(centre, 0.128, 0.128, 0.007, gold.shade(0.7));
    for leaf in 0..14 {
        let angle = 0.55 + leaf as f32 * (TAU - 1.1) / 13.0 - PI / 2.0 - PI;
        let place = (
            centre.0 + 0.105 * angle.cos(),
            centre.1 - 0.105 * angle.sin(),
        );
        painter.ellipse(place, 0.016, 0.010, gold.shade(0.72));
    }
    view.fonts.write_centred(
        painter,
        (Face::Serif, "1"),
        (x, 0.665),
        (0.10, 0.2),
        gold.shade(0.6),
    );
    let shine = 0.05 * view.wave(0.3, 0.1);
    painter.glow((x - 0.06 + shine, 0.55), 0.09, ink(0xfffbe0).alpha(0.75));
}

/// Flags on poles.
pub(super) fn flags(painter: &mut Painter, view: &View) {
    let line = 0.80;
    setting::sky(painter, view, line);
    if view.chance(830) < 0.5 {
        setting::stands(painter, view, 0.62, line);
    } else {
        setting::trees(painter, view, line);
    }
    setting::ground(
        painter,
        view,
        line,
        view.pick(831, &[ink(0x5f9a4a), ink(0x8f9298), ink(0xb7a27a)]),
    );
    let count = view.people();
    let design = view.pick(832, &[0, 1, 2, 3]);
    let (width, height) = (0.30, 0.20);
    for flag in 0..count {
        let middle = (count as f32 - 1.0) / 2.0;
        let pole = view.subject_x() - width / 2.0 + (flag as f32 - middle) * 0.36;
        let top = 0.20 + 0.05 * (flag % 2) as f32;
        painter.rectangle(pole - 0.009, top - 0.03, 0.018, 0.95 - top, ink(0xd8dade));
        painter.disc((pole, top - 0.035), 0.016, ink(0xe0b840));
        flag_cloth(
            painter,
            view,
            (pole + 0.008, top),
            (width, height),
            design,
            flag,
        );
    }
}

fn flag_cloth(
    painter: &mut Painter,
    view: &View,
    (x, y): Place,
    (width, height): Place,
    design: u32,
    flag: usize,
) {
    const STRIPS: usize = 12;
    for strip in 0..STRIPS {
        let (from, to) = (
            strip as f32 / STRIPS as f32,
            (strip + 1) as f32 / STRIPS as f32,
        );
        let bend =
            |share: f32| 0.022 * share.sqrt() * view.wave(0.7, 0.21 * flag as f32 - share * 1.1);
        // Slopes that turn away from the light are darker.
        let shade = 1.0 - 6.0 * (bend(to) - bend(from)).clamp(-0.03, 0.03);
        let mut band = |top: f32, bottom: f32, colour: super::super::paint::Ink| {
            let overlap = 0.002;
            painter.polygon(
                &[
                    (x + width * from, y + height * top + bend(from)),
                    (x + width * to + overlap, y + height * top + bend(to)),
                    (x + width * to + overlap, y + height * bottom + bend(to)),
                    (x + width * from, y + height * bottom + bend(from)),
                ],
                colour.shade(shade),
            );
        };
        let (kit, second) = (view.kit(), view.second());
        band(0.0, 1.0, kit);
        match design {
            // A middle stripe, a cross, half and half, a disc of slices.
            0 => band(0.34, 0.66, second),
            1 => {
                band(0.40, 0.60, second);
                if (0.30..0.46).contains(&from) {
                    band(0.0, 1.0, second);
                }
            }
            2 => band(0.5, 1.0, second),
            _ => {
                let off = ((from + to) / 2.0 - 0.5) * width;
                let radius = 0.32 * height;
                if off.abs() < radius {
                    let high = (radius * radius - off * off).sqrt() / height;
                    band(0.5 - high, 0.5 + high, second);
                }
            }
        }
    }
}

/// Rockets burst over roofs.
pub(super) fn fireworks(painter: &mut Painter, view: &View) {
    let (left, _, right, bottom) = painter.view();
    painter.gradient(
        (left, -0.5, right - left, bottom + 0.5),
        ink(0x04061a),
        ink(0x161c40),
    );
    for rocket in 0..5_u32 {
        let age = (view.seconds * 0.35 + view.chance(840 + rocket)).fract();
        let centre = (
            view.varied(850 + rocket, -0.5, 0.5),
            view.varied(860 + rocket, 0.14, 0.45),
        );
        let colour = if rocket % 2 == 0 {
            view.kit()
        } else {
            view.second()
        };
        // Black powder burns bright: only its sparks can be dark.
        let colour = if colour.luma() < 0.15 {
            colour.mix(ink(0x8890b0), 0.5)
        } else {
            colour
        }
        .lamp();
        let radius = view.varied(870 + rocket, 0.12, 0.24) * (1.0 - (1.0 - age) * (1.0 - age));
        let rays: Vec<_> = (0..22)
            .map(|ray| {
                let angle = TAU * ray as f32 / 22.0 + view.chance(875 + rocket);
                let reach = radius * view.varied(900 + ray + rocket * 30, 0.75, 1.05);
                let fall = 0.07 * age * age;
                let inner = 0.35 + 0.35 * age;
                [
                    (
                        centre.0 + reach * inner * angle.cos(),
                        centre.1 + reach * inner * angle.sin() + fall * 0.5,
                    ),
                    (
                        centre.0 + reach * angle.cos(),
                        centre.1 + reach * angle.sin() + fall,
                    ),
                ]
            })
            .collect();
        let fade = (1.25 - age).clamp(0.25, 1.0);
        painter.glow(centre, radius * 1.3 + 0.01, colour.alpha(0.35 * fade));
        painter.lines(rays.iter().map(|ray| &ray[..]), 0.007, colour.alpha(fade));
        let sparks = rays
            .iter()
            .map(|ray| (ray[1].0 - 0.006, ray[1].1 - 0.006, 0.012, 0.012));
        painter.specks(sparks, colour.mix(ink(0xffffff), 0.6).alpha(fade));
    }
    for house in 0..10_u32 {
        let top = view.varied(880 + house, 0.76, 0.88);
        let x = house as f32 * 0.24 - 1.2;
        painter.rectangle(x, top, 0.235, 0.4, ink(0x0c0e1c));
        painter.polygon(
            &[(x - 0.01, top), (x + 0.245, top), (x + 0.118, top - 0.05)],
            ink(0x0a0c18),
        );
    }
}

//! Places seen from afar: a stadium from the air, a city at night.

use std::f32::consts::TAU;

use super::{
    super::paint::{Painter, ink},
    View,
};

/// A stadium from the air, slowly passing below.
pub(super) fn stadium_from_above(painter: &mut Painter, view: &View) {
    let (left, top, right, bottom) = painter.view();
    let land = view.pick(
        1060,
        &[ink(0x7d9468), ink(0xa89c80), ink(0x8f9490), ink(0x6a8a5a)],
    );
    painter.rectangle(left, top, right - left, bottom - top, land);
    let shift = (0.02 * view.wave(0.04, 0.0), 0.015 * view.wave(0.05, 0.3));
    for street in 0..8_u32 {
        let x = street as f32 * 0.33 - 1.2 + shift.0;
        painter.rectangle(x, top, 0.03, bottom - top, ink(0xa9a9a8));
        let y = street as f32 * 0.31 - 0.6 + shift.1;
        painter.rectangle(left, y, right - left, 0.026, ink(0xa9a9a8));
    }
    for house in 0..40_u32 {
        let x = (house % 8) as f32 * 0.33 - 1.15 + view.varied(1061 + house, 0.0, 0.14) + shift.0;
        let y = (house / 8) as f32 * 0.31 - 0.24 + view.varied(1101 + house, 0.0, 0.12) + shift.1;
        let roof = view.pick(
            1141 + house,
            &[
                ink(0xb0563c),
                ink(0x8a8f98),
                ink(0xc8beb0),
                ink(0x6b7078),
                ink(0x3f7a42),
            ],
        );
        painter.rectangle(
            x,
            y,
            view.varied(1181 + house, 0.05, 0.12),
            view.varied(1221 + house, 0.05, 0.11),
            roof,
        );
    }
    let centre = (view.varied(1261, -0.08, 0.08) + shift.0, 0.5 + shift.1);
    let size = view.varied(1262, 0.85, 1.08);
    let bowl = |painter: &mut Painter, x: f32, y: f32, colour| {
        painter.ellipse(centre, x * size, y * size, colour);
    };
    painter.ellipse(
        (centre.0 + 0.03, centre.1 + 0.035),
        0.50 * size,
        0.40 * size,
        ink(0x20241c).alpha(0.45),
    );
    bowl(painter, 0.49, 0.39, ink(0xe6e6e4));
    bowl(painter, 0.455, 0.355, ink(0xb4b8be));
    bowl(painter, 0.43, 0.33, view.kit());
    for row in 0..4 {
        let inner = 0.41 - 0.026 * row as f32;
        painter.ring(
            centre,
            inner * size,
            (inner - 0.10) * size,
            0.004,
            view.kit().shade(0.65),
        );
    }
    for aisle in 0..24 {
        let (sine, cosine) = (TAU * aisle as f32 / 24.0).sin_cos();
        painter.line(
            &[
                (
                    centre.0 + 0.43 * size * cosine,
                    centre.1 + 0.33 * size * sine,
                ),
                (
                    centre.0 + 0.31 * size * cosine,
                    centre.1 + 0.215 * size * sine,
                ),
            ],
            0.005,
            ink(0xe8e8e6),
        );
    }
    bowl(painter, 0.31, 0.215, ink(0xc0583c));
    for lane in 0..3 {
        let wide = 0.30 - 0.016 * lane as f32;
        painter.ring(
            centre,
            wide * size,
            (wide - 0.095) * size,
            0.003,
            ink(0xf0e8e0),
        );
    }
    bowl(painter, 0.255, 0.165, ink(0x4f9a46));
    let (half_x, half_y) = (0.19 * size, 0.11 * size);
    for stripe in 0..8 {
        if stripe % 2 == 0 {
            let x = centre.0 - half_x + stripe as f32 * half_x / 4.0;
            painter.rectangle(
                x,
                centre.1 - half_y,
                half_x / 4.0,
                half_y * 2.0,
                ink(0x62ad54),
            );
        }
    }
    let (x, y) = centre;
    let white = ink(0xf6f8f4);
    painter.line(
        &[
            (x - half_x, y - half_y),
            (x + half_x, y - half_y),
            (x + half_x, y + half_y),
            (x - half_x, y + half_y),
            (x - half_x, y - half_y),
        ],
        0.004,
        white,
    );
    painter.line(&[(x, y - half_y), (x, y + half_y)], 0.004, white);
    painter.ring(centre, 0.04 * size, 0.04 * size, 0.004, white);
    if view.is_night() {
        for (across, down) in [(-0.40, -0.27), (0.40, -0.27), (-0.40, 0.27), (0.40, 0.27)] {
            let lamp = (x + across * size, y + down * size);
            painter.glow(lamp, 0.16, ink(0xfff6d0).lamp().alpha(0.8));
        }
        painter.glow(centre, 0.40 * size, ink(0xf4ffd8).lamp().alpha(0.35));
    }
}

/// A city at night with its lights on the water.
pub(super) fn skyline(painter: &mut Painter, view: &View) {
    let (left, _, right, bottom) = painter.view();
    let dusk = view.pick(
        1270,
        &[ink(0x2a1c4c), ink(0x0c1436), ink(0x3a2038), ink(0x10283c)],
    );
    let glow = view.pick(
        1271,
        &[ink(0xc86a48), ink(0x5a4a8a), ink(0x2f5a7a), ink(0xd89060)],
    );
    painter.gradient((left, -0.1, right - left, 0.85), dusk, glow.mix(dusk, 0.35));
    painter.disc((view.varied(1272, -0.5, 0.5), 0.15), 0.04, ink(0xf4efd6));
    let water = 0.74;
    painter.gradient(
        (left, water, right - left, (bottom - water).max(0.3)),
        glow.mix(dusk, 0.6).shade(0.7),
        dusk.shade(0.6),
    );
    for layer in 0..2_u32 {
        let colour = if layer == 0 {
            dusk.mix(ink(0x3a4468), 0.5)
        } else {
            ink(0x0d101e)
        };
        for house in 0..14_u32 {
            let number = layer * 50 + house;
            let width = view.varied(1280 + number, 0.09, 0.17);
            let x = house as f32 * 0.165 - 1.2 + 0.07 * layer as f32;
            let top = view.varied(1400 + number, 0.22, 0.58) + 0.06 * layer as f32;
            painter.rectangle(x, top, width, water - top, colour);
            if view.chance(1500 + number) < 0.25 {
                painter.polygon(
                    &[(x, top), (x + width, top), (x + width / 2.0, top - 0.09)],
                    colour,
                );
                painter.line(
                    &[(x + width / 2.0, top - 0.09), (x + width / 2.0, top - 0.15)],
                    0.005,
                    colour,
                );
            }
            let lights = (0..36_u32).filter_map(|pane| {
                let salt = 5000 + number * 40 + pane;
                let y = top + 0.02 + (pane / 4) as f32 * 0.045;
                let is_on = view.chance(salt) < 0.5 && y < water - 0.03;
                is_on.then_some((
                    x + 0.012 + (pane % 4) as f32 * width * 0.23,
                    y,
                    width * 0.12,
                    0.02,
                ))
            });
            let warm = view.pick(
                1600 + number,
                &[ink(0xffd982), ink(0xfff0c0), ink(0xbfe0ff), ink(0xffb860)],
            );
            painter.specks(lights, warm.shade(if layer == 0 { 0.7 } else { 1.0 }));
        }
    }
    let streaks: Vec<_> = (0..40_u32)
        .map(|streak| {
            let x = (view.chance(1700 + streak) - 0.5) * 2.2;
            let y = water + 0.01 + 0.2 * view.chance(1750 + streak);
            let sway = 0.008 * view.wave(0.5, view.chance(1800 + streak));
            [(x + sway, y), (x - sway, y + 0.035)]
        })
        .collect();
    painter.lines(
        streaks.iter().map(|streak| &streak[..]),
        0.006,
        ink(0xffd48a).alpha(0.45),
    );
}

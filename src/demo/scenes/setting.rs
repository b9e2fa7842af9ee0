//! What surrounds a scene: sky, weather, stands, halls, floodlights, trees.

use super::{
    super::{
        attributes::Weather,
        paint::{Ink, Painter, ink},
    },
    View,
};

/// The sky down to `horizon`, with sun or moon, clouds or stars.
pub(super) fn sky(painter: &mut Painter, view: &View, horizon: f32) {
    let (top, bottom) = match (view.scene.weather, view.is_night()) {
        (_, true) => (ink(0x060a22).lamp(), ink(0x1c2850).lamp()),
        (Some(Weather::Cloudy), _) => (ink(0x8d99a6), ink(0xc9d0d6)),
        (Some(Weather::Rain), _) => (ink(0x5f6b78), ink(0x98a3ad)),
        (Some(Weather::Snow), _) => (ink(0xb9c4d0), ink(0xe6ebf0)),
        _ => (
            view.pick(
                10,
                &[ink(0x2f7fd6), ink(0x4a9be8), ink(0x1f6fc0), ink(0x5aa0d8)],
            ),
            view.pick(11, &[ink(0xbfe3f7), ink(0xf5dfb8), ink(0xd6eefb)]),
        ),
    };
    let (left, _, right, _) = painter.view();
    let width = right - left;
    painter.gradient((left, -0.6, width, horizon + 0.6), top, bottom);
    if view.is_night() {
        if matches!(view.scene.weather, Some(Weather::Sunny)) {
            let stars = (0..50).map(|star| {
                let size = 0.002 + 0.003 * view.chance(60 + star);
                let x = (view.chance(120 + star) - 0.5) * 2.2;
                (x, view.chance(180 + star) * horizon, size, size)
            });
            painter.specks(stars, ink(0xf2f4ff).lamp());
            painter.disc(
                (view.varied(12, -0.6, 0.6), 0.12),
                0.035,
                ink(0xf4f0d8).lamp(),
            );
        }
        if matches!(view.scene.weather, Some(Weather::Cloudy)) {
            clouds(painter, view, horizon, ink(0x3a4468).lamp().alpha(0.75));
        }
        return;
    }
    match view.scene.weather {
        Some(Weather::Sunny) => {
            let sun = (view.varied(12, -0.7, 0.7), view.varied(13, 0.06, 0.16));
            painter.glow(sun, 0.26, ink(0xfff2b0).alpha(0.75));
            painter.disc(sun, 0.045, ink(0xfffbe0).lamp());
            if view.chance(14) < 0.5 {
                clouds(painter, view, horizon * 0.6, ink(0xffffff).alpha(0.75));
            }
        }
        Some(Weather::Cloudy) => clouds(painter, view, horizon, ink(0x74808d).alpha(0.8)),
        Some(Weather::Rain) => clouds(painter, view, horizon, ink(0x454f5b).alpha(0.8)),
        _ => {}
    }
}

fn clouds(painter: &mut Painter, view: &View, horizon: f32, colour: Ink) {
    for cloud in 0..5 {
        let x = (view.chance(20 + cloud) - 0.5) * 2.2 + view.seconds * 0.006;
        let y = view.varied(30 + cloud, 0.02, horizon * 0.75);
        let size = view.varied(40 + cloud, 0.04, 0.09);
        for puff in 0..3 {
            let shift = (puff as f32 - 1.0) * size * 1.3;
            let high = if puff == 1 { size * 0.85 } else { size * 0.55 };
            painter.ellipse((x + shift, y), size * 1.25, high, colour);
        }
    }
}

/// Falling rain or snow before everything else.
pub(super) fn precipitation(painter: &mut Painter, view: &View) {
    let (left, top, right, bottom) = painter.view();
    let (width, height) = (right - left, bottom - top);
    let fall = |drop: u32, speed: f32| {
        let start = view.chance(2000 + drop);
        let x = left + width * view.chance(3000 + drop);
        (x, top + height * (start + view.seconds * speed).fract())
    };
    match view.scene.weather {
        Some(Weather::Rain) => {
            let slant = view.varied(15, -0.25, 0.25) * height * 0.07;
            let drops: Vec<_> = (0..110)
                .map(|drop| {
                    let (x, y) = fall(drop, 1.6 + view.chance(4000 + drop));
                    [(x, y), (x + slant, y + height * 0.07)]
                })
                .collect();
            let colour = ink(0xe4eef8).alpha(0.5).lamp();
            painter.lines(drops.iter().map(|drop| &drop[..]), 0.0035 * height, colour);
        }
        Some(Weather::Snow) => {
            for (layer, size) in [(0, 0.007), (1, 0.012), (2, 0.019)] {
                let flakes = (0..34).map(|flake| {
                    let flake = flake + 100 * layer;
                    let (x, y) = fall(flake, 0.14 + 0.1 * view.chance(4000 + flake));
                    let sway = view.wave(0.3, view.chance(5000 + flake)) * 0.012 * height;
                    let across = size * height;
                    (x + sway, y, across, across)
                });
                painter.specks(flakes, ink(0xffffff).lamp().alpha(0.92));
            }
        }
        _ => {}
    }
}

/// Stands full of spectators between two heights.
pub(super) fn stands(painter: &mut Painter, view: &View, top: f32, bottom: f32) {
    let (left, _, right, _) = painter.view();
    let base = view.pick(
        50,
        &[ink(0x3c4254), ink(0x4a4550), ink(0x34474f), ink(0x504a44)],
    );
    painter.gradient(
        (left, top, right - left, bottom - top),
        base.shade(0.65),
        base,
    );
    let shirts = [0xd9d4cc, 0xb8443c, 0x3d69a8, 0xd9a94a, 0x4f8f5e, 0x7b6a94];
    let rows = ((bottom - top) / 0.032).clamp(2.0, 8.0) as u32;
    for (colour, shirt) in shirts.iter().enumerate() {
        let colour = colour as u32;
        let specks = (0..rows).flat_map(|row| {
            (0..22).map(move |seat| {
                let number = row * 131 + seat * 7 + colour;
                let x = (seat as f32 * 6.0 + colour as f32) * 0.0185 - 1.22
                    + 0.012 * view.chance(600 + number)
                    + if row % 2 == 0 { 0.009 } else { 0.0 };
                let hop = 0.004 * view.wave(1.1, view.chance(700 + number));
                let y = top + (row as f32 + 0.45) / rows as f32 * (bottom - top) + hop;
                let colour_is_here = view.chance(800 + number) < 0.9;
                let size = if colour_is_here { 0.0125 } else { 0.0 };
                (x, y - size, size, size * 1.35)
            })
        });
        painter.specks(specks, ink(*shirt).shade(0.9));
    }
    painter.rectangle(left, bottom - 0.012, right - left, 0.012, base.shade(1.5));
}

/// Floodlights with their glow, at night.
pub(super) fn floodlights(painter: &mut Painter, view: &View, foot: f32) {
    if !view.is_night() {
        return;
    }
    for x in [-0.72, -0.24, 0.28, 0.76] {
        let x = x + view.varied(70, -0.06, 0.06);
        painter.rectangle(x - 0.005, 0.10, 0.01, foot - 0.10, ink(0x5a6070));
        painter.glow((x, 0.09), 0.20, ink(0xfff6d8).lamp().alpha(0.7));
        painter.rectangle(x - 0.045, 0.06, 0.09, 0.05, ink(0xfffbe8).lamp());
    }
}

/// The ground below `top`, brighter where floodlights meet it at night.
pub(super) fn ground(painter: &mut Painter, view: &View, top: f32, colour: Ink) {
    let (left, _, right, bottom) = painter.view();
    let snowed = if view.is_weather(Weather::Snow) {
        colour.mix(ink(0xf4f7fb), 0.62)
    } else {
        colour
    };
    let area = (left, top, right - left, bottom.max(top + 0.01) - top);
    painter.gradient(area, snowed.shade(0.86), snowed.shade(1.1));
    if view.is_night() {
        painter.glow(
            (view.subject_x(), top + 0.25),
            0.7,
            ink(0xfff4cc).lamp().alpha(0.16),
        );
    }
}

/// An indoor hall: dark walls, spectators, lamps above.
pub(super) fn hall(painter: &mut Painter, view: &View, floor: f32) {
    let (left, top, right, _) = painter.view();
    let wall = view.pick(
        80,
        &[0x2b3350, 0x46303c, 0x274544, 0x3b3b44, 0x54482f, 0x5d6b80],
    );
    let wall = ink(wall);
    painter.gradient(
        (left, top.min(0.0), right - left, floor - top.min(0.0)),
        wall.shade(0.55),
        wall.shade(1.15),
    );
    stands(painter, view, floor - varied_depth(view), floor - 0.03);
    for lamp in 0..5 {
        let x = (lamp as f32 - 2.0) * 0.4 + view.varied(81, -0.1, 0.1);
        painter.glow((x, 0.05), 0.17, ink(0xfff7e0).alpha(0.55));
        painter.rectangle(x - 0.06, 0.035, 0.12, 0.022, ink(0xfffdf2).lamp());
    }
}

fn varied_depth(view: &View) -> f32 {
    view.varied(82, 0.16, 0.28)
}

/// A boards' line with painted fields, as around pitches and rinks.
pub(super) fn boards(painter: &mut Painter, view: &View, top: f32, height: f32) {
    let colours = [0xe8e4da, 0x2f5fa8, 0xc9403a, 0xe2b33c, 0x2e8a5c, 0x4a4a58];
    let shift = (view.chance(90) * 6.0) as usize;
    for field in 0..8 {
        let colour = ink(colours[(field + shift) % colours.len()]);
        painter.rectangle(field as f32 * 0.32 - 1.28, top, 0.315, height, colour);
    }
}

/// A row of trees.
pub(super) fn trees(painter: &mut Painter, view: &View, foot: f32) {
    let leaf = view.pick(
        95,
        &[ink(0x2f6b36), ink(0x3f7d3a), ink(0x56702c), ink(0xa8662a)],
    );
    for tree in 0..11 {
        let x = (tree as f32 - 5.0) * 0.21 + view.varied(96 + tree, -0.07, 0.07);
        let size = view.varied(110 + tree, 0.05, 0.10);
        painter.rectangle(x - 0.006, foot - size, 0.012, size, ink(0x4c3524));
        let shade = view.varied(125 + tree, 0.75, 1.15);
        painter.ellipse(
            (x, foot - size * 1.25),
            size * 0.85,
            size,
            leaf.shade(shade),
        );
    }
}

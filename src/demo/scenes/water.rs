//! Sports in and on the water.

use std::f32::consts::PI;

use super::{
    super::{
        figure::{Dress, Figure, Headwear, Pose},
        paint::{Ink, Painter, Place, ink},
    },
    View, setting,
};

/// Short bright lines that glitter on water.
fn ripples(painter: &mut Painter, view: &View, top: f32, bottom: f32, colour: Ink) {
    let lines: Vec<_> = (0..46)
        .map(|ripple| {
            let depth = view.chance(300 + ripple);
            let y = top + (bottom - top) * depth;
            let x = (view.chance(350 + ripple) - 0.5) * 2.4
                + 0.03 * view.wave(0.25, view.chance(400 + ripple));
            let length = 0.02 + 0.07 * depth;
            [(x, y), (x + length, y + 0.003 * view.wave(0.7, depth))]
        })
        .collect();
    painter.lines(lines.iter().map(|line| &line[..]), 0.0045, colour);
}

fn splash(painter: &mut Painter, view: &View, (x, y): Place, size: f32, salt: u32) {
    let drops = (0..14).map(|drop| {
        let salt = salt + drop * 3;
        let rise = (view.seconds * 1.6 + view.chance(salt)).fract();
        let across = (view.chance(salt + 1) - 0.5) * size * (0.6 + rise);
        let up = size * 0.7 * rise * (1.2 - rise) * view.varied(salt + 2, 0.6, 1.4);
        let dot = size * 0.07;
        (x + across, y - up, dot, dot)
    });
    painter.specks(drops, ink(0xf4fbff));
    painter.ellipse((x, y), size * 0.5, size * 0.10, ink(0xeaf6fb).alpha(0.75));
}

/// Swimmers between the lines of a pool.
pub(super) fn swimming(painter: &mut Painter, view: &View) {
    setting::hall(painter, view, 0.36);
    let water = view.pick(
        301,
        &[ink(0x2aa3cf), ink(0x36b6c8), ink(0x2b86c6), ink(0x4cc0dc)],
    );
    let (left, _, right, bottom) = painter.view();
    painter.rectangle(left, 0.34, right - left, 0.05, ink(0xdad6cc));
    painter.gradient(
        (left, 0.38, right - left, (bottom - 0.38).max(0.7)),
        water.shade(0.85),
        water.shade(1.15),
    );
    ripples(painter, view, 0.40, 1.0, ink(0xd8f4fb).alpha(0.7));
    let ropes = [0.45, 0.565, 0.705, 0.885];
    for (rope, y) in ropes.iter().enumerate() {
        let size = 0.008 + 0.003 * rope as f32;
        let floats = |odd: bool| {
            (0..40)
                .filter(move |float| (float / 3 % 2 == 1) == odd)
                .map(move |float| (float as f32 * 0.065 - 1.3, y - size / 2.0, 0.05, size))
        };
        painter.specks(floats(true), ink(0xe03a34));
        painter.specks(floats(false), ink(0xf6f2ea));
    }
    let facing = view.facing();
    let count = view.people();
    for person in 0..count {
        // Lane by lane from the back, the first one in the middle of the picture.
        let lane = [0.66, 0.53, 0.815, 0.475][person];
        let depth = 0.75 + (lane - 0.475) * 1.2;
        let lead = 0.12 * (view.chance(305 + person as u32) - 0.5)
            + 0.02 * view.wave(0.2, view.chance(309 + person as u32));
        let x = view.subject_x() + if person == 0 { 0.0 } else { lead };
        swimmer(painter, view, person, (x, lane), facing, depth);
    }
}

fn swimmer(
    painter: &mut Painter,
    view: &View,
    person: usize,
    (x, y): Place,
    facing: f32,
    depth: f32,
) {
    let size = view.height() * depth;
    let skin = view.skin(person);
    let phase = view.seconds * 0.9 + view.chance(312 + person as u32);
    let angle = phase * PI * 2.0;
    let at = |forward: f32, up: f32| (x + facing * forward * size, y - up * size);
    let back = at(-0.30, 0.0);
    splash(
        painter,
        view,
        at(-0.66, 0.0),
        size * 0.5,
        320 + 60 * person as u32,
    );
    painter.line(
        &[at(-0.6, -0.02), back],
        0.075 * size,
        skin.shade(0.85).alpha(0.7),
    );
    painter.line(&[back, at(-0.12, 0.02)], 0.14 * size, view.second());
    painter.line(&[at(-0.12, 0.02), at(0.08, 0.03)], 0.15 * size, skin);
    for (arm, shift) in [(0, PI), (1, 0.0)] {
        let turn = angle + shift;
        let height = turn.sin();
        // Under water the arm is hidden.
        if height > -0.15 {
            let elbow = at(0.06 + 0.17 * turn.cos(), 0.08 + 0.17 * height);
            let hand = at(0.08 + 0.36 * turn.cos(), 0.02 + 0.24 * height);
            let shade = if arm == 0 { 0.85 } else { 1.0 };
            painter.line(
                &[at(0.05, 0.04), elbow, hand],
                0.055 * size,
                skin.shade(shade),
            );
            if height < 0.25 && turn.cos() > 0.0 {
                splash(painter, view, hand, size * 0.22, 500 + 60 * person as u32);
            }
        }
    }
    let head = at(0.19, 0.05);
    painter.disc(head, 0.085 * size, skin);
    painter.disc(
        (head.0 - facing * 0.012 * size, head.1 - 0.02 * size),
        0.085 * size,
        view.kit(),
    );
    painter.ellipse(
        (head.0 + facing * 0.055 * size, head.1 + 0.045 * size),
        0.045 * size,
        0.035 * size,
        skin,
    );
    painter.line(
        &[
            (head.0 + facing * 0.03 * size, head.1 + 0.012 * size),
            (head.0 + facing * 0.082 * size, head.1 + 0.016 * size),
        ],
        0.025 * size,
        ink(0x1c2430),
    );
    painter.ellipse(
        at(0.0, -0.075),
        0.42 * size,
        0.045 * size,
        ink(0xe4f6fb).alpha(0.85),
    );
}

/// Divers turn in the air above the pool.
pub(super) fn diving(painter: &mut Painter, view: &View) {
    setting::hall(painter, view, 0.78);
    let water = view.pick(330, &[ink(0x2a8fcf), ink(0x2fb0c4), ink(0x2b78c0)]);
    let (left, _, right, bottom) = painter.view();
    painter.gradient(
        (left, 0.80, right - left, (bottom - 0.80).max(0.3)),
        water,
        water.shade(0.75),
    );
    painter.rectangle(left, 0.775, right - left, 0.028, ink(0xe4e0d6));
    ripples(painter, view, 0.82, 1.0, ink(0xd8f2fb).alpha(0.7));
    let facing = view.facing();
    let tower = view.subject_x() - facing * 0.42;
    for height in [0.20, 0.44] {
        let tip = tower + facing * 0.20;
        painter.rectangle(
            tower.min(tip),
            height,
            (tip - tower).abs(),
            0.022,
            ink(0xb9c2cc),
        );
        painter.rectangle(tower.min(tip), height - 0.06, 0.006, 0.06, ink(0x8a94a0));
    }
    painter.rectangle(tower - 0.035, 0.20, 0.07, 0.62, ink(0x8f9aa6));
    let count = view.people();
    let flight = (view.seconds * 0.22 + view.varied(331, 0.2, 0.6)).fract();
    let style = view.pick(332, &[0, 1, 2]);
    for person in 0..count {
        let x = view.subject_x() + (person as f32 - (count as f32 - 1.0) / 2.0) * 0.17;
        let y = 0.40 + 0.10 * (flight - 0.5);
        let pose = match style {
            // Pike, tuck, straight.
            0 => Pose {
                lean: 1.0,
                arms: [(1.7, 0.0), (1.6, 0.0)],
                legs: [(1.2, 0.05), (1.25, 0.05)],
            },
            1 => Pose {
                lean: 0.7,
                arms: [(1.0, 0.5), (0.95, 0.5)],
                legs: [(2.0, 2.1), (2.05, 2.1)],
            },
            _ => Pose {
                lean: 0.0,
                arms: [(PI, 0.0), (PI - 0.1, 0.0)],
                legs: [(0.05, 0.0), (-0.05, 0.0)],
            },
        };
        let figure = Figure {
            dress: Dress::Swimwear,
            turn: facing * (1.2 + flight * 2.6),
            headwear: Headwear::Hair,
            ..view.figure(person, (x, y), pose)
        };
        figure.draw(painter);
    }
    if view.chance(333) < 0.4 {
        splash(
            painter,
            view,
            (view.subject_x() + facing * 0.25, 0.86),
            0.14,
            340,
        );
    }
}

fn lake(painter: &mut Painter, view: &View, line: f32) {
    setting::sky(painter, view, line);
    let water = view.pick(
        350,
        &[ink(0x3a78a8), ink(0x2f6f86), ink(0x4b8a9a), ink(0x2a5c94)],
    );
    let (left, _, right, bottom) = painter.view();
    painter.gradient(
        (left, line, right - left, (bottom - line).max(0.6)),
        water.shade(1.15),
        water.shade(0.7),
    );
    ripples(painter, view, line + 0.02, 1.0, ink(0xd4e8f2).alpha(0.55));
}

/// Rowing boats with their crews.
pub(super) fn rowing(painter: &mut Painter, view: &View) {
    let line = 0.46;
    lake(painter, view, line);
    setting::trees(painter, view, line + 0.01);
    for x in 0..9 {
        painter.disc(
            (x as f32 * 0.26 - 1.04 + view.chance(351) * 0.1, 0.545),
            0.009,
            ink(0xf08a28),
        );
    }
    let facing = view.facing();
    let count = view.people();
    for boat in 0..count {
        let y = [0.72, 0.60, 0.86][boat];
        let depth = [1.0, 0.78, 1.2][boat];
        let lead = if boat == 0 {
            0.0
        } else {
            view.varied(352 + boat as u32, -0.18, 0.18)
        };
        let x = view.subject_x() + lead + 0.02 * view.wave(0.35, 0.3 * boat as f32);
        crew(painter, view, boat, (x, y), facing, depth);
    }
}

fn crew(painter: &mut Painter, view: &View, boat: usize, (x, y): Place, facing: f32, depth: f32) {
    let stroke = view.wave(0.55, view.chance(356 + boat as u32));
    let half = 0.42 * depth;
    painter.ellipse(
        (x, y + 0.012),
        half * 1.05,
        0.014 * depth,
        ink(0x12303c).alpha(0.5),
    );
    let rowers = 3;
    for rower in 0..rowers {
        let seat = x + (rower as f32 - 1.0) * 0.20 * depth;
        // Rowers face the stern.
        let pose = Pose {
            lean: 0.35 * stroke,
            arms: [(1.25, 0.25 - 0.25 * stroke), (1.2, 0.3 - 0.3 * stroke)],
            legs: [(1.45, 1.0 + 0.5 * stroke), (1.4, 1.0 + 0.5 * stroke)],
        };
        let mut figure = view.figure(rower + 3 * boat, (seat, y - 0.03 * depth), pose);
        figure.facing = -facing;
        figure.height *= depth;
        figure.second = figure.second.shade(0.9);
        let ends = figure.draw(painter);
        let hand = ends.hands[1];
        let blade = (
            seat - facing * (0.05 + 0.13 * stroke) * depth,
            y + 0.055 * depth,
        );
        painter.line(&[hand, blade], 0.010 * depth, ink(0xe8dcc0));
        painter.line(
            &[
                blade,
                (blade.0 - facing * 0.03 * depth, blade.1 + 0.012 * depth),
            ],
            0.022 * depth,
            view.second(),
        );
    }
    let hull = [
        (x - half, y - 0.012 * depth),
        (x + half, y - 0.012 * depth),
        (x + half * 0.86, y + 0.022 * depth),
        (x - half * 0.86, y + 0.022 * depth),
    ];
    painter.polygon(&hull, view.kit());
    painter.line(&[hull[0], hull[1]], 0.010 * depth, view.second());
}

/// Sailing boats on the waves.
pub(super) fn sailing(painter: &mut Painter, view: &View) {
    let line = 0.56;
    lake(painter, view, line);
    let facing = view.facing();
    let count = view.people();
    for boat in (0..count).rev() {
        let scale = [1.0, 0.62, 0.78][boat];
        let shift = [0.0, -0.34, 0.36][boat];
        let y = [0.74, 0.63, 0.67][boat] + 0.012 * view.wave(0.35, 0.3 * boat as f32);
        let x = view.subject_x() + shift;
        let heel = facing * (0.10 + 0.03 * view.wave(0.25, 0.2 * boat as f32));
        let at = |across: f32, up: f32| {
            (
                x + (across * facing + up * heel) * scale,
                y - (up - across * facing * heel * 0.3) * scale,
            )
        };
        painter.line(&[at(0.0, 0.0), at(0.0, 0.46)], 0.010 * scale, ink(0xe8e4d8));
        painter.polygon(
            &[at(-0.02, 0.45), at(-0.02, 0.05), at(-0.21, 0.06)],
            view.kit(),
        );
        painter.polygon(
            &[at(0.015, 0.42), at(0.03, 0.07), at(0.19, 0.05)],
            view.second().mix(view.kit(), 0.08),
        );
        painter.line(
            &[at(-0.03, 0.30), at(-0.08, 0.28)],
            0.012 * scale,
            view.second(),
        );
        painter.polygon(
            &[
                at(-0.23, 0.03),
                at(0.25, 0.035),
                at(0.19, -0.035),
                at(-0.20, -0.035),
            ],
            ink(0xf4f2ec),
        );
        painter.line(
            &[at(-0.22, 0.0), at(0.22, 0.0)],
            0.012 * scale,
            ink(0x34506e),
        );
        painter.ellipse(
            at(0.02, -0.04),
            0.27 * scale,
            0.012 * scale,
            ink(0xf2fafc).alpha(0.85),
        );
    }
    let crests: Vec<_> = (0..14)
        .map(|wave| {
            let x = (view.chance(380 + wave) - 0.5) * 2.4
                + 0.05 * view.wave(0.2, view.chance(400 + wave));
            let y = 0.66 + 0.36 * view.chance(420 + wave);
            [(x, y), (x + 0.04, y - 0.012), (x + 0.09, y)]
        })
        .collect();
    painter.lines(
        crests.iter().map(|crest| &crest[..]),
        0.006,
        ink(0xf4fafc).alpha(0.8),
    );
}

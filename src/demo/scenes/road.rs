//! What happens on roads, streets and slopes.

use std::f32::consts::PI;

use super::{
    super::{
        figure::{Dress, Figure, Headwear, Pose},
        paint::{Painter, Place, ink},
    },
    View, setting,
};

/// Hills behind a road.
fn hills(painter: &mut Painter, view: &View, foot: f32) {
    let near = view.pick(
        500,
        &[ink(0x6f9a58), ink(0x8aa05a), ink(0x5a8a68), ink(0xb09a62)],
    );
    for hill in 0..5 {
        let x = (hill as f32 - 2.0) * 0.45 + view.varied(501 + hill, -0.1, 0.1);
        let (wide, high) = (
            view.varied(506 + hill, 0.32, 0.5),
            view.varied(511 + hill, 0.08, 0.18),
        );
        painter.ellipse(
            (x, foot + 0.03),
            wide,
            high,
            near.shade(view.varied(516 + hill, 0.75, 1.05)),
        );
    }
}

/// Cyclists on a road between fields.
pub(super) fn cycling(painter: &mut Painter, view: &View) {
    let line = 0.56;
    setting::sky(painter, view, line);
    hills(painter, view, line);
    setting::ground(
        painter,
        view,
        line,
        view.pick(520, &[ink(0x7da64e), ink(0xc4b25c), ink(0x5f9a54)]),
    );
    setting::trees(painter, view, line + 0.05);
    let (left, _, right, bottom) = painter.view();
    painter.gradient(
        (left, 0.72, right - left, (bottom - 0.72).max(0.3)),
        ink(0x5b5e66),
        ink(0x74777e),
    );
    painter.line(&[(left, 0.73), (right, 0.73)], 0.008, ink(0xf2f2ee));
    let facing = view.facing();
    let dashes = (0..9).map(|dash| {
        let run = (dash as f32 * 0.3 - facing * view.seconds * 0.6).rem_euclid(2.7) - 1.35;
        (run, 0.93, 0.14, 0.012)
    });
    painter.specks(dashes, ink(0xf2f2ee));
    for (person, (x, ground)) in view.places(0.29).iter().enumerate() {
        let bob = 0.02 * view.wave(0.17, view.chance(521 + person as u32));
        cyclist(painter, view, person, (x + bob, *ground));
    }
}

fn cyclist(painter: &mut Painter, view: &View, person: usize, (x, ground): Place) {
    let facing = view.facing();
    let size = view.height();
    let at = |forward: f32, up: f32| (x + facing * forward * size, ground - up * size);
    let radius = 0.19 * size;
    let wheels = [at(-0.30, 0.19), at(0.30, 0.19)];
    let tyre = ink(0x1c1e24);
    for wheel in wheels {
        painter.ring(wheel, radius, radius, 0.022 * size, tyre);
        let spin = view.seconds * 9.0 * facing;
        for spoke in 0..4 {
            let (sine, cosine) = (spin + spoke as f32 * PI / 4.0).sin_cos();
            let reach = radius * 0.95;
            painter.line(
                &[
                    (wheel.0 - cosine * reach, wheel.1 - sine * reach),
                    (wheel.0 + cosine * reach, wheel.1 + sine * reach),
                ],
                0.004 * size,
                ink(0xb9bec8),
            );
        }
    }
    let (crank, saddle, bar) = (at(-0.03, 0.20), at(-0.13, 0.46), at(0.22, 0.46));
    let turn = view.seconds * 1.4 * PI * 2.0 + view.chance(525 + person as u32) * 6.0;
    let pedal = |shift: f32| {
        let (sine, cosine) = (turn + shift).sin_cos();
        (
            crank.0 + facing * cosine * 0.075 * size,
            crank.1 + sine * 0.075 * size,
        )
    };
    let mut figure = view.figure(
        person,
        (saddle.0, saddle.1 - 0.03 * size),
        Pose {
            lean: 0.95,
            arms: [(0.75, 0.25), (0.7, 0.3)],
            legs: [(0.0, 0.0), (0.0, 0.0)],
        },
    );
    figure.headwear = Headwear::SecondCap;
    // Legs follow the pedals: the angles come from the triangle of hip, knee and pedal.
    for (leg, shift) in [(0, PI), (1, 0.0)] {
        let foot = pedal(shift);
        let across = (foot.0 - figure.hip.0) * facing;
        let down = foot.1 - figure.hip.1;
        let reach = (across.hypot(down) / (2.0 * 0.245 * figure.height)).min(0.999);
        let half = reach.acos();
        figure.pose.legs[leg] = (across.atan2(down) + half, 2.0 * half);
    }
    let frame = view.second().mix(ink(0x8a8f9a), 0.15);
    let tube = 0.02 * size;
    painter.line(&[wheels[0], crank, bar, saddle, crank], tube, frame);
    painter.line(&[wheels[0], saddle], tube * 0.8, frame);
    painter.line(&[wheels[1], at(0.24, 0.50)], tube, frame);
    painter.line(
        &[
            (saddle.0 - 0.06 * size, saddle.1 - 0.01 * size),
            (saddle.0 + 0.05 * size, saddle.1 - 0.01 * size),
        ],
        0.03 * size,
        tyre,
    );
    figure.draw(painter);
    painter.line(&[at(0.22, 0.50), at(0.29, 0.46)], tube, tyre);
}

/// A skier between the gates of a slalom.
pub(super) fn skiing(painter: &mut Painter, view: &View) {
    let line = 0.42;
    setting::sky(painter, view, line);
    let rock = view.pick(530, &[ink(0x7f8fa8), ink(0x8a93a0), ink(0x6f86a6)]);
    for peak in 0..5 {
        let x = (peak as f32 - 2.0) * 0.42 + view.varied(531 + peak, -0.08, 0.08);
        let top = view.varied(536 + peak, 0.14, 0.28);
        painter.polygon(
            &[(x - 0.34, line + 0.1), (x, top), (x + 0.34, line + 0.1)],
            rock.shade(view.varied(541 + peak, 0.85, 1.1)),
        );
        painter.polygon(
            &[
                (x - 0.09, top + 0.07),
                (x, top),
                (x + 0.09, top + 0.07),
                (x + 0.03, top + 0.05),
                (x - 0.03, top + 0.085),
            ],
            ink(0xf8fbff),
        );
    }
    setting::ground(painter, view, line, ink(0xdfe7f2));
    let facing = view.facing();
    let (left, _, right, bottom) = painter.view();
    let tilt = 0.16 * facing;
    let slope = |x: f32| view.ground() + 0.01 + (x - view.subject_x()) * tilt;
    let bottom = bottom.max(1.1);
    let snow = ink(0xeef3fa);
    painter.polygon(
        &[
            (left, slope(left) - 0.22),
            (right, slope(right) - 0.22),
            (right, bottom),
            (left, bottom),
        ],
        snow.shade(0.93),
    );
    painter.polygon(
        &[
            (left, slope(left) - 0.05),
            (right, slope(right) - 0.05),
            (right, bottom),
            (left, bottom),
        ],
        snow,
    );
    for tree in 0..7 {
        let x = (tree as f32 - 3.0) * 0.33 + view.varied(546 + tree, -0.09, 0.09);
        let foot = slope(x) - 0.19;
        let size = view.varied(553 + tree, 0.07, 0.13);
        for tier in 0..3 {
            let low = foot - tier as f32 * size * 0.35;
            let half = size * (0.42 - 0.1 * tier as f32);
            painter.polygon(
                &[(x - half, low), (x + half, low), (x, low - size * 0.55)],
                ink(0x24503c),
            );
        }
    }
    for gate in 0..4 {
        let run = (gate as f32 * 0.55 - facing * view.seconds * 0.35).rem_euclid(2.2) - 1.1;
        let colour = if gate % 2 == 0 {
            ink(0xd83030)
        } else {
            ink(0x2858c8)
        };
        let foot = slope(run) - 0.03;
        painter.line(&[(run, foot), (run, foot - 0.20)], 0.010, colour);
        painter.rectangle(run, foot - 0.20, 0.075, 0.065, colour);
    }
    let sway = view.wave(0.45, view.chance(560));
    let x = view.subject_x();
    let pose = Pose {
        lean: 0.75 + 0.1 * sway,
        arms: [(0.8, 0.7), (0.6 + 0.2 * sway, 0.8)],
        legs: [(0.75, 1.2 + 0.1 * sway), (0.85, 1.25 + 0.1 * sway)],
    };
    let figure = Figure {
        dress: Dress::Suit,
        headwear: Headwear::SecondCap,
        ..view.figure(0, (x, 0.5), pose)
    }
    .standing_on(slope(x) - 0.02);
    let size = figure.height;
    let ends = figure.draw(painter);
    for foot in ends.feet {
        let tip = (
            foot.0 + facing * 0.36 * size,
            foot.1 + 0.36 * size * tilt * facing,
        );
        let tail = (
            foot.0 - facing * 0.28 * size,
            foot.1 - 0.28 * size * tilt * facing,
        );
        let curl = (tip.0 + facing * 0.05 * size, tip.1 - 0.04 * size);
        painter.line(
            &[
                (tail.0, tail.1 + 0.035 * size),
                (tip.0, tip.1 + 0.035 * size),
                curl,
            ],
            0.024 * size,
            view.second(),
        );
    }
    for hand in ends.hands {
        painter.line(
            &[hand, (hand.0 - facing * 0.34 * size, hand.1 + 0.16 * size)],
            0.013 * size,
            ink(0x30343c),
        );
    }
    let powder = (0..20).map(|flake| {
        let age = (view.seconds * 1.2 + view.chance(570 + flake)).fract();
        let across = -facing * (0.12 + 0.3 * age) * size;
        let up = view.chance(600 + flake) * 0.16 * size * (1.0 - age);
        (
            ends.feet[1].0 + across,
            ends.feet[1].1 - up,
            0.02 * size,
            0.02 * size,
        )
    });
    painter.specks(powder, ink(0xffffff));
}

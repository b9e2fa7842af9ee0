//! Finds assets that recorded the same sound, as cameras side by side do: by how it stands out over time.

use std::collections::BTreeMap;

use realfft::{RealFftPlanner, num_complex::Complex};

/// Milliseconds of a value.
pub(super) const STEP_MILLIS: i64 = 100;
/// Shorter sounds in common are alike by chance: ten seconds.
const LEAST_STEPS: usize = 100;
/// How alike they must be; sounds of two events come to less than half of it.
const LEAST_CORRELATION: f32 = 0.6;
/// Of so many steps at least the likeness must come: one bang is like any other.
const LEAST_PART: f32 = 40.0;
/// More pairs than that are not compared: each takes a millisecond or two for an hour.
const MOST_PAIRS: usize = 2000;

/// How far sounds are apart, by pairs of their numbers: a time of the first plus the distance, in
/// milliseconds, is the same instant in the second. Only sounds of one group are compared.
///
/// The greatest normalised cross-correlation of both over all distances, computed by Fourier
/// transforms (Lewis 1995, "Fast normalized cross-correlation").
pub(super) fn distances(sounds: &[(&str, &[f32])]) -> BTreeMap<(usize, usize), i64> {
    let mut found = BTreeMap::new();
    let pairs = (0..sounds.len()).flat_map(|one| (one + 1..sounds.len()).map(move |o| (one, o)));
    let pairs: Vec<(usize, usize)> = pairs
        .filter(|(one, other)| {
            let (first, second) = (&sounds[*one], &sounds[*other]);
            first.0 == second.0 && first.1.len().min(second.1.len()) >= LEAST_STEPS
        })
        .take(MOST_PAIRS)
        .collect();
    let Some(longest) = pairs
        .iter()
        .map(|(one, other)| sounds[*one].1.len().max(sounds[*other].1.len()))
        .max()
    else {
        return found;
    };
    let length = (2 * longest).next_power_of_two();
    let mut planner = RealFftPlanner::<f32>::new();
    let forward = planner.plan_fft_forward(length);
    let inverse = planner.plan_fft_inverse(length);
    let mut spectra: BTreeMap<usize, Vec<Complex<f32>>> = BTreeMap::new();
    for (one, other) in pairs {
        for sound in [one, other] {
            spectra.entry(sound).or_insert_with(|| {
                let mut padded = centred(sounds[sound].1);
                padded.resize(length, 0.0);
                let mut spectrum = forward.make_output_vec();
                forward
                    .process(&mut padded, &mut spectrum)
                    .expect("all lengths are those that the plan asked for");
                spectrum
            });
        }
        let mut product: Vec<Complex<f32>> = spectra[&one]
            .iter()
            .zip(&spectra[&other])
            .map(|(first, second)| first.conj() * second)
            .collect();
        let mut products = inverse.make_output_vec();
        inverse
            .process(&mut product, &mut products)
            .expect("all lengths are those that the plan asked for");
        let scale = 1.0 / length as f32;
        let best = best_distance(sounds[one].1, sounds[other].1, |distance| {
            products[distance.rem_euclid(length as i64) as usize] * scale
        });
        if let Some(distance) = best {
            found.insert((one, other), distance * STEP_MILLIS);
        }
    }
    found
}

/// The distance at which both are most alike, where they are alike enough; `product` gives the sum of
/// products at a distance.
fn best_distance(one: &[f32], other: &[f32], product: impl Fn(i64) -> f32) -> Option<i64> {
    let (first, second) = (energies(one), energies(other));
    let (count, most) = (one.len() as i64, other.len() as i64);
    let least = LEAST_STEPS as i64;
    // Step `t` of the first is step `t + distance` of the second.
    let correlation = |distance: i64| -> f32 {
        let from = 0.max(-distance);
        let to = count.min(most - distance);
        let own = first[to as usize] - first[from as usize];
        let others = second[(to + distance) as usize] - second[(from + distance) as usize];
        let energy = (own * others).sqrt() as f32;
        if energy > 0.0 {
            product(distance) / energy
        } else {
            0.0
        }
    };
    (least - count..=most - least)
        .map(|distance| (distance, correlation(distance)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .filter(|(_, alike)| *alike >= LEAST_CORRELATION)
        .map(|(distance, _)| distance)
        .filter(|distance| part(one, other, *distance) >= LEAST_PART)
}

/// Of how many steps in which both are to be heard the likeness at a distance comes: the square of the sum over the sum of squares, which for
/// equal shares is their number (the participation ratio).
fn part(one: &[f32], other: &[f32], distance: i64) -> f32 {
    let (one, other) = (centred(one), centred(other));
    let products = (0..).zip(&one).filter_map(|(step, value)| {
        let step = usize::try_from(step + distance).ok()?;
        Some(value.max(0.0) * other.get(step)?.max(0.0))
    });
    let (sum, squares) = products.fold((0.0, 0.0), |(sum, squares), product| {
        (sum + product, squares + product * product)
    });
    if squares > 0.0 {
        sum * sum / squares
    } else {
        0.0
    }
}

/// What a sound differs from its own mean.
fn centred(sound: &[f32]) -> Vec<f32> {
    let mean = sound.iter().sum::<f32>() / sound.len().max(1) as f32;
    sound.iter().map(|value| value - mean).collect()
}

/// The sum of squares before each step.
fn energies(sound: &[f32]) -> Vec<f64> {
    let squares = centred(sound).into_iter().map(|v| f64::from(v * v));
    let mut sums = vec![0.0];
    sums.extend(squares.scan(0.0, |sum, square| {
        *sum += square;
        Some(*sum)
    }));
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bursts at times that no other seed has.
    fn sound(seed: u32, steps: usize) -> Vec<f32> {
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        let mut level = 0.0;
        (0..steps)
            .map(|step| {
                if step % 4 == 0 {
                    state ^= state << 13;
                    state ^= state >> 17;
                    state ^= state << 5;
                    level = if state.is_multiple_of(3) {
                        (state % 100) as f32 / 50.0
                    } else {
                        0.0
                    };
                }
                level
            })
            .collect()
    }

    #[test]
    fn the_same_sound_is_found_at_its_distance_and_another_is_not() {
        let whole = sound(1, 900);
        let noisy: Vec<f32> = whole[230..700]
            .iter()
            .zip(sound(7, 470))
            .map(|(value, noise)| 0.7 * value + 0.3 * noise)
            .collect();
        let other = sound(2, 900);
        let sounds = [("a", &whole[..]), ("a", &other[..]), ("a", &noisy[..])];
        let found = distances(&sounds);
        assert_eq!(found, BTreeMap::from([((0, 2), -23_000)]));
    }

    #[test]
    fn one_bang_is_like_another_and_tells_nothing() {
        let bang = |at: usize| -> Vec<f32> {
            let mut sound = vec![0.0; 500];
            sound[at..at + 6].copy_from_slice(&[0.5, 2.0, 1.5, 1.0, 0.6, 0.3]);
            sound
        };
        let (first, second) = (bang(100), bang(300));
        assert!(distances(&[("a", &first[..]), ("a", &second[..])]).is_empty());
    }

    #[test]
    fn silence_short_sounds_and_other_groups_share_nothing() {
        let (whole, silent) = (sound(3, 500), vec![0.0; 500]);
        let sounds = [
            ("a", &whole[..]),
            ("b", &whole[..]),
            ("a", &whole[..90]),
            ("a", &silent[..]),
            ("a", &silent[..]),
        ];
        assert!(distances(&sounds).is_empty());
    }
}

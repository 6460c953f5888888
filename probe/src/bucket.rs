//! Which bucket of a histogram a value falls into.
//!
//! Log-linear, for all of `u64`, without a table, a float or a clamp: values below 64 have a bucket each, and above
//! every power of two is divided into 32 equal buckets. The middle of a bucket is therefore never further from a value
//! in it than 1/64 (1.5625 %) of the value. This is the bucketing of HdrHistogram with 5 bits of precision, and for
//! values from 32 on that of an exponential histogram of base 2^(1/32) with straight instead of curved edges.

/// Buckets of one power of two.
pub const PER_OCTAVE: usize = 32;
/// Powers of two that are kept apart; the first holds the values 0 to 31.
pub const OCTAVES: usize = 60;
/// Buckets in all.
pub const BUCKETS: usize = OCTAVES * PER_OCTAVE;

/// The bucket of `value`, from 0 to [`BUCKETS`] - 1; monotone in `value`.
#[inline]
#[must_use]
pub const fn index(value: u64) -> usize {
    // Of `value | 32` the highest bit is bit 5 or above, so small values share the first step without a branch.
    let shift = 58 - (value | 32).leading_zeros();
    ((shift as usize) << 5) + (value >> shift) as usize
}

/// Smallest value of a bucket.
#[must_use]
pub const fn low(bucket: usize) -> u64 {
    let octave = bucket >> 5;
    if octave == 0 {
        return bucket as u64;
    }
    ((bucket & 31) as u64 + 32) << (octave - 1)
}

/// Largest value of a bucket.
#[must_use]
pub const fn high(bucket: usize) -> u64 {
    if bucket + 1 >= BUCKETS {
        u64::MAX
    } else {
        low(bucket + 1) - 1
    }
}

/// The value that stands for a bucket: its middle, rounded down.
#[must_use]
pub const fn middle(bucket: usize) -> u64 {
    let low = low(bucket);
    low + (high(bucket) - low) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_have_a_bucket_each() {
        for value in 0..64 {
            assert_eq!(index(value), value as usize);
            assert_eq!((low(value as usize), high(value as usize)), (value, value));
        }
    }

    #[test]
    fn buckets_are_adjacent_and_cover_all_of_u64() {
        assert_eq!(low(0), 0);
        assert_eq!(high(BUCKETS - 1), u64::MAX);
        for bucket in 0..BUCKETS {
            assert_eq!(index(low(bucket)), bucket);
            assert_eq!(index(high(bucket)), bucket);
            if bucket > 0 {
                assert_eq!(high(bucket - 1) + 1, low(bucket));
            }
        }
    }

    #[test]
    fn the_middle_is_within_one_64th_of_every_value_of_the_bucket() {
        for bucket in 0..BUCKETS {
            for value in [low(bucket), high(bucket)] {
                let error = value.abs_diff(middle(bucket));
                assert!(
                    u128::from(error) * 64 <= u128::from(value),
                    "{value} in {bucket}"
                );
            }
        }
    }
}

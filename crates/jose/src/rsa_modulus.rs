//! Which RSA moduli are usable, the same for keys that sign and keys that verify.
use crate::JoseError;

/// Fewest and most bits: RFC 7518 section 3.3 wants 2048 or more; the upper bound keeps a verification cheap.
const BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Judges a modulus, big-endian without leading zeros (RFC 7518 section 6.3.1.1). `Key` when it has fewer than 2048 or more
/// than 8192 bits, is even, or comes from the generator whose keys can be factored.
pub(crate) fn check_modulus(n: &[u8]) -> Result<(), JoseError> {
    let bits = n
        .first()
        .map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
    let canonical = n.first().is_some_and(|first| *first != 0) && n.last().is_some_and(|last| last % 2 == 1);
    if !canonical || !BITS.contains(&bits) {
        return Err(JoseError::Key("an RSA modulus has 2048 to 8192 bits"));
    }
    if is_roca(n) {
        return Err(JoseError::Key(
            "this RSA key comes from a generator whose keys can be factored (CVE-2017-15361)",
        ));
    }
    Ok(())
}

/// The odd primes that divide the M of every key size of the flawed generator.
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
    113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// The fingerprint of CVE-2017-15361 ("The Return of Coppersmith's Attack", section 3.1): primes of the form
/// k·M + (65537^a mod M) leave a modulus that is a power of 65537 modulo every small prime. One sound key in 2^28 looks the
/// same by chance.
fn is_roca(n: &[u8]) -> bool {
    PRIMES
        .iter()
        .all(|prime| is_power_of_65537(remainder(n, *prime), *prime))
}

fn remainder(n: &[u8], prime: u32) -> u32 {
    n.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime)
}

fn is_power_of_65537(value: u32, prime: u32) -> bool {
    let generator = 65537 % prime;
    let mut power = 1;
    for _ in 1..prime {
        if power == value {
            return true;
        }
        power = power * generator % prime;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::bn::{BigNum, BigNumContext};

    #[test]
    fn a_modulus_is_odd_canonical_and_of_a_sensible_length() {
        let number = |first: u8, length: usize| [&[first][..], &vec![1; length - 1]].concat();
        let even = [&number(0x80, 255)[..], &[2]].concat();
        for (name, n, expected) in [
            ("2048 bits", number(0x80, 256), true),
            ("8192 bits", number(0x80, 1024), true),
            ("2047 bits", number(0x7F, 256), false),
            ("8193 bits", number(1, 1025), false),
            ("a leading zero", [&[0][..], &number(0x80, 256)].concat(), false),
            ("even", even, false),
            ("nothing", vec![], false),
        ] {
            assert_eq!(check_modulus(&n).is_ok(), expected, "{name}");
        }
    }

    /// A number of the flawed generator's form, as long as its factors would make it: k·M + 65537^a mod M.
    fn flawed(exponent: u32, multiple: &[u8]) -> Vec<u8> {
        let mut context = BigNumContext::new().unwrap();
        let mut product = BigNum::from_u32(2).unwrap();
        for prime in PRIMES {
            product.mul_word(prime).unwrap();
        }
        let mut power = BigNum::new().unwrap();
        let (base, exponent) = (BigNum::from_u32(65537).unwrap(), BigNum::from_u32(exponent).unwrap());
        power.mod_exp(&base, &exponent, &product, &mut context).unwrap();
        let mut number = BigNum::new().unwrap();
        let multiple = BigNum::from_slice(multiple).unwrap();
        number.checked_mul(&product, &multiple, &mut context).unwrap();
        let mut sum = BigNum::new().unwrap();
        sum.checked_add(&number, &power).unwrap();
        sum.to_vec()
    }

    #[test]
    fn a_modulus_of_the_flawed_generator_is_refused_and_its_neighbours_are_not() {
        for exponent in [0, 1, 2, 77, 65_537] {
            let modulus = flawed(exponent, &[0xA5; 240]);
            assert!(is_roca(&modulus), "{exponent}");
            assert!(
                matches!(check_modulus(&modulus), Err(JoseError::Key(text)) if text.contains("CVE-2017-15361")),
                "{exponent}"
            );
            let mut neighbour = modulus;
            *neighbour.last_mut().unwrap() ^= 4;
            assert_eq!(check_modulus(&neighbour), Ok(()), "{exponent}");
        }
    }
}

//! The one place where randomness is taken. Everybody else gets it as an argument.
use rand::Rng as _;

/// Random bytes for keys, codes and tokens: ChaCha12 of this thread, seeded and seeded again by the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl SystemEntropy {
    /// Fills `bytes`. Panics only when the operating system has no randomness to seed from.
    pub fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "this is the source everybody else is handed")]
        let mut generator = rand::rng();
        generator.fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_filled_and_no_two_draws_agree() {
        let mut seen = [0u8; 64];
        for _ in 0..32 {
            let mut draw = [0u8; 64];
            SystemEntropy.fill(&mut draw);
            seen.iter_mut().zip(draw).for_each(|(all, byte)| *all |= byte);
        }
        assert!(seen.iter().all(|byte| *byte != 0), "{seen:?}");
        let (mut first, mut second) = ([0u8; 32], [0u8; 32]);
        SystemEntropy.fill(&mut first);
        SystemEntropy.fill(&mut second);
        assert_ne!(first, second);
    }
}

//! A vector of bounded length that lives inline, so that a state made of it is flat: one copy clones it.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::{Deref, DerefMut};

/// At most `N` values of a small type, stored inline, with the length beside them.
///
/// Two values are equal when their elements are; what lies past the length does not count.
#[derive(Clone, Copy)]
pub struct Bounded<T, const N: usize> {
    len: u8,
    items: [T; N],
}

impl<T: Copy + Default, const N: usize> Bounded<T, N> {
    /// A vector without elements.
    #[must_use]
    pub fn new() -> Self {
        const { assert!(N <= u8::MAX as usize) };
        Self { len: 0, items: [T::default(); N] }
    }

    /// Appends `item`.
    ///
    /// # Errors
    ///
    /// [`Full`] if the vector already holds `N` elements; it is then unchanged.
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), Full> {
        let slot = self.items.get_mut(usize::from(self.len)).ok_or(Full)?;
        *slot = item;
        self.len += 1;
        Ok(())
    }

    /// Takes the last element.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        Some(self.items[usize::from(self.len)])
    }

    /// Takes the element at `index`; those behind it move up by one.
    ///
    /// # Panics
    ///
    /// If `index` is not below the length.
    #[inline]
    pub fn remove(&mut self, index: usize) -> T {
        let item = self[index];
        self.len -= 1;
        let last = usize::from(self.len);
        // Mostly it is the only one or the last.
        if index < last {
            self.items.copy_within(index + 1..=last, index);
        }
        item
    }

    /// Keeps the elements for which `keep` holds, in their order.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        let mut kept = 0;
        for index in 0..usize::from(self.len) {
            if keep(&self.items[index]) {
                self.items[kept] = self.items[index];
                kept += 1;
            }
        }
        self.len = u8::try_from(kept).expect("no more than were there");
    }

    /// Removes all elements.
    #[inline]
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// How many more elements fit.
    #[inline]
    #[must_use]
    pub fn room(&self) -> usize {
        N - usize::from(self.len)
    }
}

/// A [`Bounded`] vector has no room for another element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl<T: Copy + Default, const N: usize> Default for Bounded<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> Deref for Bounded<T, N> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &self.items[..usize::from(self.len)]
    }
}

impl<T, const N: usize> DerefMut for Bounded<T, N> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.items[..usize::from(self.len)]
    }
}

impl<T: PartialEq, const N: usize> PartialEq for Bounded<T, N> {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl<T: Eq, const N: usize> Eq for Bounded<T, N> {}

impl<T: Hash, const N: usize> Hash for Bounded<T, N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self[..].hash(state);
    }
}

impl<T: fmt::Debug, const N: usize> fmt::Debug for Bounded<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_past_the_length_does_not_count() {
        let mut a = Bounded::<u8, 3>::new();
        let b = a;
        a.push(7).expect("room");
        assert_ne!(a, b);
        assert_eq!(a.pop(), Some(7));
        assert_eq!(a, b);
    }

    #[test]
    fn a_full_vector_refuses_and_stays_as_it_is() {
        let mut a = Bounded::<u8, 2>::new();
        assert_eq!((a.push(1), a.push(2), a.push(3)), (Ok(()), Ok(()), Err(Full)));
        assert_eq!(a[..], [1, 2]);
    }

    #[test]
    fn removing_closes_the_gap() {
        let mut a = Bounded::<u8, 4>::new();
        for item in [1, 2, 3, 4] {
            a.push(item).expect("room");
        }
        assert_eq!(a.remove(1), 2);
        assert_eq!(a[..], [1, 3, 4]);
        a.retain(|&item| item != 3);
        assert_eq!(a[..], [1, 4]);
    }
}

//! A list that is shared until it is changed: what stays as it is costs a relation's next state nothing.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A list whose clones share their elements; changing one copies those elements that are reached for to be changed.
#[derive(Clone, PartialEq, Eq)]
pub struct Shared<T>(Arc<Vec<Part<T>>>);

/// One element of a [`Shared`] list.
#[derive(PartialEq, Eq)]
pub struct Part<T>(Arc<T>);

impl<T> Shared<T> {
    /// Its elements, in order.
    pub fn iter(&self) -> Iter<'_, T> {
        self.0.iter().map(Part::deref)
    }

    /// The element at that place, from 0.
    pub fn get(&self, at: usize) -> Option<&T> {
        self.0.get(at).map(Part::deref)
    }

    /// The first element.
    pub fn first(&self) -> Option<&T> {
        self.0.first().map(Part::deref)
    }

    /// The last element.
    pub fn last(&self) -> Option<&T> {
        self.0.last().map(Part::deref)
    }

    /// Whether an element equals this one.
    pub fn contains(&self, one: &T) -> bool
    where
        T: PartialEq,
    {
        self.iter().any(|own| own == one)
    }

    /// Its elements as a list of their own.
    pub fn to_vec(&self) -> Vec<T>
    where
        T: Clone,
    {
        self.iter().cloned().collect()
    }

    /// Adds an element at the end.
    pub fn push(&mut self, element: T) {
        self.deref_mut().push(Part::from(element));
    }

    /// Adds elements at the end.
    pub fn extend(&mut self, elements: impl IntoIterator<Item = T>) {
        self.deref_mut()
            .extend(elements.into_iter().map(Part::from));
    }

    /// Of both lists what stands between the elements that they share at their beginning and at their end.
    pub(super) fn apart<'a>(&'a self, other: &'a Self) -> (&'a [Part<T>], &'a [Part<T>]) {
        if Arc::ptr_eq(&self.0, &other.0) {
            return (&[], &[]);
        }
        let same = |(a, b): &(&Part<T>, &Part<T>)| Arc::ptr_eq(&a.0, &b.0);
        let ahead = self.0.iter().zip(other.0.iter());
        let ahead = ahead.take_while(same).count();
        let rest = |all: &'a [Part<T>]| all.get(ahead..).unwrap_or_default();
        let (own, other) = (rest(&self.0), rest(&other.0));
        let behind = own.iter().rev().zip(other.iter().rev());
        let behind = behind.take_while(same).count();
        let rest = |all: &'a [Part<T>]| all.get(..all.len() - behind).unwrap_or_default();
        (rest(own), rest(other))
    }
}

type Iter<'a, T> = std::iter::Map<std::slice::Iter<'a, Part<T>>, fn(&'a Part<T>) -> &'a T>;

impl<T> Deref for Shared<T> {
    type Target = Vec<Part<T>>;

    fn deref(&self) -> &Vec<Part<T>> {
        &self.0
    }
}

/// Copies the list, not its elements, where another one shares it.
impl<T> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut Vec<Part<T>> {
        Arc::make_mut(&mut self.0)
    }
}

impl<T> Deref for Part<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Copies the element where another list shares it.
impl<T: Clone> DerefMut for Part<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T> Clone for Part<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> From<T> for Part<T> {
    fn from(element: T) -> Self {
        Self(Arc::new(element))
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Arc::new(Vec::new()))
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T> From<Vec<T>> for Shared<T> {
    fn from(elements: Vec<T>) -> Self {
        elements.into_iter().collect()
    }
}

impl<T> FromIterator<T> for Shared<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Self(Arc::new(elements.into_iter().map(Part::from).collect()))
    }
}

impl<'a, T> IntoIterator for &'a Shared<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut Shared<T> {
    type Item = &'a mut Part<T>;
    type IntoIter = std::slice::IterMut<'a, Part<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.deref_mut().iter_mut()
    }
}

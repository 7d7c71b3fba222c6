//! Objects that Java holds by their numbers.
//!
//! No number is used twice, in whichever table, so that one which is stale or of another class finds nothing. An
//! object that is freed while a call uses it lives until that call ends.

use crate::failure::Result;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use vatic_capi::Failure;
use vatic_capi::tables::Status;

/// 0 stands for none.
static NEXT: AtomicI64 = AtomicI64::new(1);

/// The objects of one class.
pub(crate) struct Table<T>(RwLock<BTreeMap<i64, Arc<T>>>);

impl<T> Table<T> {
    pub(crate) const fn new() -> Table<T> {
        Table(RwLock::new(BTreeMap::new()))
    }

    /// Takes an object in; its number.
    pub(crate) fn put(&self, object: T) -> i64 {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // Nothing that can panic runs under the lock.
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(number, Arc::new(object));
        number
    }

    /// The object of this number.
    pub(crate) fn get(&self, number: i64) -> Result<Arc<T>> {
        let found = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&number).cloned();
        found.ok_or_else(|| Failure::new(Status::Misuse, "the object is closed").into())
    }

    /// Frees an object; nothing for a number that has none.
    pub(crate) fn free(&self, number: i64) {
        let freed = self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&number);
        // Behind the lock: what is large takes its time.
        drop(freed);
    }
}

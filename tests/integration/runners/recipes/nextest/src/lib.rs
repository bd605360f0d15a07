//! The application; its tests are in tests/.

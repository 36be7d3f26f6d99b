#pragma once

#include "store/connection.h"

namespace store {

/// Opens the registry's file at the present schema version. A new one appears under its name
/// complete, so that whoever finds the file finds the tables; an older one is brought up to date.
/// Error (unsupported) for a newer one.
Connection openRegistry(const Path& file);

}  // namespace store

#pragma once

namespace patchbay::cli {

// Runs the verb that argv names. Returns the exit code: 0 done, 1 could not, 2 wrong usage, and for the
// store's own faults the code of sysexits.h that fits (74 input/output, 75 try again, 78 configuration).
int run(int argc, char** argv);

}  // namespace patchbay::cli

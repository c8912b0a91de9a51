<?php
// This file is part of Bangkom - competence development beside an LMS.
//
// Bangkom is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Bangkom is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Bangkom.  If not, see <http://www.gnu.org/licenses/>.

namespace local_bangkom;

/**
 * Whether Bangkom itself is at work: what it does is not told back to it.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class doing {
    /** @var int How deep in Bangkom's own work this process is. */
    private static int $depth = 0;

    /**
     * Do something as Bangkom.
     *
     * @param \Closure $work
     * @return mixed what it gives
     */
    public static function ours(\Closure $work) {
        self::$depth++;
        try {
            return $work();
        } finally {
            self::$depth--;
        }
    }

    /**
     * Whether what happens now is Bangkom's doing.
     *
     * @return bool
     */
    public static function is_ours(): bool {
        return self::$depth > 0;
    }
}

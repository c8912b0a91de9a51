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
 * Hears Moodle's events; what they mean is decided elsewhere.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class observer {
    /**
     * Something happened that Bangkom may want to know.
     *
     * @param \core\event\base $event
     */
    public static function happened(\core\event\base $event): void {
        reporter::report($event);
    }

    /**
     * Any event: a module that somebody opens has an event of its own kind for each kind of module.
     *
     * @param \core\event\base $event
     */
    public static function any(\core\event\base $event): void {
        if ($event instanceof \core\event\course_module_viewed) {
            reporter::report($event);
        }
    }

    /**
     * An enrolment method was added, changed or deleted.
     *
     * @param \core\event\base $event
     */
    public static function method_changed(\core\event\base $event): void {
        courses::changed($event);
    }
}

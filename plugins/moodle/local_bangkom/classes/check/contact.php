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

namespace local_bangkom\check;

use core\check\{check, result};

/**
 * Whether the bridge was reached when it was last called.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class contact extends check {
    /**
     * The name in the list of checks.
     *
     * @return string
     */
    public function get_name(): string {
        return get_string('checkcontact', 'local_bangkom');
    }

    /**
     * Where to look further.
     *
     * @return \action_link|null
     */
    public function get_action_link(): ?\action_link {
        return new \action_link(new \moodle_url('/local/bangkom/connection.php'), get_string('connection', 'local_bangkom'));
    }

    /**
     * Look.
     *
     * @return result
     */
    public function get_result(): result {
        $config = get_config('local_bangkom');
        if (!\local_bangkom\bridge::of_settings()->is_set()) {
            return new result(result::NA, get_string('diagnosis_unset', 'local_bangkom'));
        }
        $failures = (int)($config->failures ?? 0);
        if (!$failures) {
            $when = empty($config->lastcontact) ? get_string('never') : userdate($config->lastcontact);
            return new result(result::OK, get_string('checkcontact_ok', 'local_bangkom', $when));
        }
        $summary = get_string('checkcontact_failed', 'local_bangkom', ['failures' => $failures, 'code' => $config->lastproblem]);
        return new result($failures < 5 ? result::WARNING : result::ERROR, $summary);
    }
}

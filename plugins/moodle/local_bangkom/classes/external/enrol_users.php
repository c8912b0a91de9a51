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

namespace local_bangkom\external;

use local_bangkom\{batch, courses, people};

/**
 * Gives people their seats; who has no account gets one.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class enrol_users extends action {
    /**
     * Enrol.
     *
     * @param string $rows key, course, nip, name, email
     * @return array
     */
    public static function execute(string $rows): array {
        return self::answer($rows, ['course', 'nip'], self::enrol(...));
    }

    /**
     * Enrol in one go: courses, methods and accounts are looked up once for all rows.
     *
     * @param array $rows by key
     * @return array [result, code] by key
     */
    private static function enrol(array $rows): array {
        $methods = courses::methods(array_map('trim', array_column($rows, 'course')));
        $methods = self::allowed($methods, 'enrol/bangkom:enrol', 'courseid');
        $wanted = array_filter($rows, fn($row) => is_object($methods[trim($row['course'])]));
        $users = $wanted ? people::match($wanted) : [];
        $plugin = enrol_get_plugin('bangkom');
        $answers = [];
        foreach ($rows as $key => $row) {
            $method = $methods[trim($row['course'])];
            $user = is_object($method) ? $users[trim($row['nip'])] : $method;
            if (is_string($user)) {
                $answers[$key] = ['refused', $user];
                continue;
            }
            $plugin->enrol_user($method, $user, $method->roleid, 0, 0, ENROL_USER_ACTIVE);
            $answers[$key] = batch::DONE;
        }
        return $answers;
    }
}

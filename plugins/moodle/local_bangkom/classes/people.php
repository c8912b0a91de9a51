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
 * Finds the account of a person by NIP, and makes one where there is none.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class people {
    /** @var string What is read of an account. */
    private const FIELDS = 'id, idnumber, username, email, suspended, mnethostid';

    /**
     * Accounts by NIP.
     *
     * @param string[] $nips
     * @return array NIP => account, or the code that says why there is none
     */
    public static function find(array $nips): array {
        global $DB;
        $nips = array_values(array_unique(array_map('trim', $nips)));
        $found = array_fill_keys($nips, 'lms.unknown_person');
        foreach (self::where('idnumber', $nips) as $user) {
            // A database that doesn't tell capitals from small letters finds more than was asked for.
            if (isset($found[$user->idnumber])) {
                $found[$user->idnumber] = is_object($found[$user->idnumber]) ? 'lms.user_conflict' : $user;
            }
        }
        return $found;
    }

    /**
     * Accounts of people who are to get a seat: found by NIP as ID number, else by NIP as username, else by an e-mail address
     * that one account alone has; else made.
     *
     * @param array $rows each with nip, name and email
     * @return array NIP => account id, or the code that says why there is none
     */
    public static function match(array $rows): array {
        $rows = array_column($rows, null, 'nip');
        $rows = array_combine(array_map('trim', array_keys($rows)), $rows);
        $found = self::find(array_keys($rows));
        $open = array_intersect_key($rows, array_filter($found, fn($user) => $user === 'lms.unknown_person'));
        if ($open) {
            $found = self::by_username($open) + self::by_email($open) + $found;
            foreach ($open as $nip => $row) {
                $found[$nip] = self::settle((string)$nip, $row, $found[$nip]);
            }
        }
        return array_map(
            fn($user) => is_object($user) ? ($user->suspended ? 'lms.user_suspended' : (int)$user->id) : $user,
            $found
        );
    }

    /**
     * Take over the account that was found, or make one.
     *
     * @param string $nip
     * @param array $row
     * @param \stdClass|string $found
     * @return \stdClass|string account or code
     */
    private static function settle(string $nip, array $row, $found) {
        if ($found === 'lms.unknown_person') {
            return self::make($nip, $row);
        }
        return is_object($found) ? self::take_over($nip, $found) : $found;
    }

    /**
     * Accounts that have the NIP as their username.
     *
     * @param array $rows by NIP
     * @return array NIP => account
     */
    private static function by_username(array $rows): array {
        global $CFG;
        $found = [];
        foreach (self::where('username', array_map('strval', array_keys($rows))) as $user) {
            if ($user->mnethostid == $CFG->mnet_localhost_id) {
                $found[$user->username] = $user;
            }
        }
        return $found;
    }

    /**
     * Accounts that alone have an e-mail address. One address for two of the rows proves nothing either.
     *
     * @param array $rows by NIP
     * @return array NIP => account or code
     */
    private static function by_email(array $rows): array {
        $emails = array_map(fn($row) => \core_text::strtolower(trim((string)($row['email'] ?? ''))), $rows);
        $emails = array_filter($emails, fn($email) => $email !== '');
        if (!$emails) {
            return [];
        }
        $users = [];
        foreach (self::where('LOWER(email)', array_values(array_unique($emails))) as $user) {
            $users[\core_text::strtolower($user->email)][] = $user;
        }
        $shared = array_count_values($emails);
        $found = [];
        foreach (array_intersect_key($emails, $rows) as $nip => $email) {
            if (isset($users[$email])) {
                $alone = count($users[$email]) === 1 && $shared[$email] === 1;
                $found[$nip] = $alone ? $users[$email][0] : 'lms.user_conflict';
            }
        }
        return $found;
    }

    /**
     * Accounts by a column.
     *
     * @param string $column
     * @param string[] $values
     * @return array of accounts, the oldest first
     */
    private static function where(string $column, array $values): array {
        global $DB;
        if (!$values) {
            return [];
        }
        [$in, $params] = $DB->get_in_or_equal($values);
        return $DB->get_records_select('user', "deleted = 0 AND $column $in", $params, 'id', self::FIELDS);
    }

    /**
     * Give an account that was found by username or e-mail the NIP, so that facts about it can be told.
     *
     * @param string $nip
     * @param \stdClass $user
     * @return \stdClass|string account or code
     */
    private static function take_over(string $nip, \stdClass $user) {
        global $CFG;
        require_once($CFG->dirroot . '/user/lib.php');
        if (trim($user->idnumber) !== '' || isguestuser($user->id) || is_siteadmin($user->id)) {
            return 'lms.user_conflict';
        }
        if (!has_capability('moodle/user:update', \context_system::instance())) {
            return 'lms.not_allowed';
        }
        user_update_user((object)['id' => $user->id, 'idnumber' => $nip], false);
        $user->idnumber = $nip;
        return $user;
    }

    /**
     * Make an account. Moodle sends the password where accounts of this kind have one.
     *
     * @param string $nip
     * @param array $row
     * @return \stdClass|string account or code
     */
    private static function make(string $nip, array $row) {
        global $CFG;
        require_once($CFG->dirroot . '/user/lib.php');
        if (!has_capability('moodle/user:create', \context_system::instance())) {
            return 'lms.not_allowed';
        }
        $email = trim((string)($row['email'] ?? ''));
        [$first, $last] = self::names((string)($row['name'] ?? ''));
        $username = \core_text::strtolower($nip);
        if ($first === '' || $username !== \core_user::clean_field($username, 'username') || strlen($nip) > 100) {
            return 'lms.bad_row';
        }
        // The column of the address is shorter than an address may be.
        if (!validate_email($email) || \core_text::strlen($email) > 100 || email_is_not_allowed($email)) {
            return 'lms.bad_email';
        }
        $auth = get_config('local_bangkom', 'newuserauth') ?: 'manual';
        $user = (object)[
            'auth' => $auth,
            'username' => $username,
            'idnumber' => $nip,
            'firstname' => $first,
            'lastname' => $last,
            'email' => $email,
            'confirmed' => 1,
            'suspended' => 0,
            'mnethostid' => $CFG->mnet_localhost_id,
            'lang' => get_newuser_language(),
        ];
        $user->id = user_create_user($user, false);
        if (get_auth_plugin($auth)->is_internal()) {
            set_user_preference('create_password', 1, $user->id);
        }
        return $user;
    }

    /**
     * A name in Moodle's two parts. Many names have one word only, and Moodle wants a last name.
     *
     * @param string $name
     * @return string[] first and last name, '' and '' for none
     */
    public static function names(string $name): array {
        $words = preg_split('/\s+/', clean_param(trim($name), PARAM_NOTAGS), -1, PREG_SPLIT_NO_EMPTY);
        $last = count($words) > 1 ? array_pop($words) : ($words ? '.' : '');
        return [\core_text::substr(implode(' ', $words), 0, 100), \core_text::substr($last, 0, 100)];
    }
}

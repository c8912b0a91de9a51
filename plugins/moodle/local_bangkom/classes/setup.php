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
 * Makes what the bridge needs to call this site: a role with the rights and no more, an account for it, a token.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
final class setup {
    /** @var string[] The rights that the bridge needs. */
    public const CAPABILITIES = [
        'webservice/rest:use',
        'local/bangkom:connect',
        'enrol/bangkom:enrol',
        'moodle/user:create',
        'moodle/user:update',
        'moodle/course:create',
        'moodle/grade:edit',
    ];

    /** @var string The short name of the role, the username of the account, and the short name of the service. */
    private const NAME = 'local_bangkom';

    /**
     * The rights that whoever calls has not.
     *
     * @return string[]
     */
    public static function missing(): array {
        $context = \context_system::instance();
        return array_values(array_filter(self::CAPABILITIES, fn($capability) => !has_capability($capability, $context)));
    }

    /**
     * Whether nobody who signs in may edit their own ID number, by which Bangkom knows them.
     *
     * @return bool
     */
    public static function idnumber_locked(): bool {
        foreach (array_diff(get_enabled_auth_plugins(), ['nologin', 'webservice']) as $auth) {
            if (get_config('auth_' . $auth, 'field_lock_idnumber') !== 'locked') {
                return false;
            }
        }
        return true;
    }

    /**
     * Switch web services and REST on, and make role, account and token.
     *
     * @return string the token
     */
    public static function connect(): string {
        global $CFG, $DB;
        set_config('enablewebservices', 1);
        \core\plugininfo\webservice::enable_plugin('rest', 1);
        $userid = self::account();
        role_assign(self::role(), $userid, \context_system::instance());
        $service = $DB->get_record('external_services', ['shortname' => self::NAME], '*', MUST_EXIST);
        $member = ['externalserviceid' => $service->id, 'userid' => $userid];
        if (!$DB->record_exists('external_services_users', $member)) {
            $DB->insert_record('external_services_users', $member + ['timecreated' => time()]);
        }
        $DB->delete_records('external_tokens', $member);
        $context = \context_system::instance();
        return \core_external\util::generate_token(EXTERNAL_TOKEN_PERMANENT, $service, $userid, $context, 0, '', 'Bangkom');
    }

    /**
     * The role of the bridge.
     *
     * @return int its id
     */
    public static function role(): int {
        global $DB;
        $id = $DB->get_field('role', 'id', ['shortname' => self::NAME]);
        if (!$id) {
            $description = get_string('roledescription', 'local_bangkom');
            $id = create_role(get_string('rolename', 'local_bangkom'), self::NAME, $description);
            set_role_contextlevels($id, [CONTEXT_SYSTEM]);
        }
        foreach (self::CAPABILITIES as $capability) {
            assign_capability($capability, CAP_ALLOW, $id, \context_system::instance()->id, true);
        }
        return (int)$id;
    }

    /**
     * The account of the bridge; nobody can sign in with it.
     *
     * @return int its id
     */
    private static function account(): int {
        global $CFG, $DB;
        require_once($CFG->dirroot . '/user/lib.php');
        $there = $DB->get_field('user', 'id', ['username' => self::NAME, 'mnethostid' => $CFG->mnet_localhost_id, 'deleted' => 0]);
        return (int)($there ?: user_create_user((object)[
            'auth' => 'webservice',
            'username' => self::NAME,
            'firstname' => 'Bangkom',
            'lastname' => 'LMS bridge',
            'email' => 'local_bangkom@invalid.invalid',
            'confirmed' => 1,
            'policyagreed' => 1,
            'mnethostid' => $CFG->mnet_localhost_id,
        ], false));
    }
}

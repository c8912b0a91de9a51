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

/**
 * Where the bridge is and how this site signs.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

if ($hassiteconfig) {
    $ADMIN->add('localplugins', new admin_category('local_bangkom_category', new lang_string('pluginname', 'local_bangkom')));
    $page = new admin_settingpage('local_bangkom', new lang_string('settings', 'local_bangkom'));
    if ($ADMIN->fulltree) {
        $test = html_writer::link(
            new moodle_url('/local/bangkom/connection.php'),
            get_string('connection', 'local_bangkom')
        );
        $page->add(new admin_setting_heading('local_bangkom/heading', '', get_string('settings_desc', 'local_bangkom', $test)));
        $text = fn(string $name, string $type) => new admin_setting_configtext(
            "local_bangkom/$name",
            new lang_string($name, 'local_bangkom'),
            new lang_string("{$name}_desc", 'local_bangkom'),
            '',
            $type
        );
        $page->add($text('bridgeurl', PARAM_URL));
        $page->add($text('keyid', PARAM_NOTAGS));
        $page->add(new admin_setting_configpasswordunmask(
            'local_bangkom/secret',
            new lang_string('secret', 'local_bangkom'),
            new lang_string('secret_desc', 'local_bangkom'),
            ''
        ));
        $page->add($text('portalurl', PARAM_URL));
        $methods = [];
        foreach (get_enabled_auth_plugins() as $auth) {
            $methods[$auth] = get_auth_plugin($auth)->get_title();
        }
        $page->add(new admin_setting_configselect(
            'local_bangkom/newuserauth',
            new lang_string('newuserauth', 'local_bangkom'),
            new lang_string('newuserauth_desc', 'local_bangkom'),
            'manual',
            $methods
        ));
        $page->add(new admin_setting_configtext(
            'local_bangkom/keepdays',
            new lang_string('keepdays', 'local_bangkom'),
            new lang_string('keepdays_desc', 'local_bangkom'),
            30,
            PARAM_INT
        ));
    }
    $ADMIN->add('local_bangkom_category', $page);
    $ADMIN->add('local_bangkom_category', new admin_externalpage(
        'local_bangkom_connection',
        new lang_string('connection', 'local_bangkom'),
        new moodle_url('/local/bangkom/connection.php')
    ));
}

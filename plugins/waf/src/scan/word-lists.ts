/**
 * The words the detectors know, by what they may start. A word may stand in several lists; `known` are words that only matter beside
 * another one, `alone` ones that matter whatever follows them. Keys are names of `FAMILY`, joined with `+`.
 */
export const WORD_LISTS: Readonly<Record<string, string>> = {
  sql: `and or xor union select insert update delete drop create alter truncate order group having where waitfor exec execute declare
    shutdown procedure into case if merge grant revoke replace intersect except minus rename
    copy attach handler prepare eunion e0union e1union`,
  known: `by all distinct top null true false table database delay time as when then else end values view user users index function
    trigger schema outfile dumpfile using returning on join inner outer left right cross natural binary collate escape exists any
    some sounds mod rows only fetch next offset distinctrow password login role column tablespace for like rlike regexp limit
    between begin call in not is as div backup restore set do from`,
  sqlStrong: `benchmark pg_sleep extractvalue updatexml load_file xp_cmdshell xp_regread xp_dirtree xp_fileexist xp_availablemedia
    dbms_pipe dbms_lock dbms_xmlgen dbms_utility utl_http utl_inaddr utl_file utl_smtp ctxsys httpuritype randomblob
    load_extension name_const make_set group_concat concat_ws string_agg current_setting pg_read_file pg_ls_dir lo_import
    lo_export sp_executesql sp_password sp_oacreate sp_configure sp_addlogin sp_adduser sp_who sp_help sp_helptext sp_makewebtask
    xp_loginconfig xp_servicecontrol xp_terminate_process xp_ntsec_enumdomains openrowset opendatasource openquery sqlite_version
    fn_my_permissions has_dbaccess is_srvrolemember is_member polygon geometrycollection multipoint multilinestring linestring
    multipolygon st_latfromgeohash st_longfromgeohash gtid_subset gtid_subtract sys_context extractvalue xmltype row_count
    found_rows last_insert_id database_to_xml query_to_xml array_to_json json_keys unhex conv des_encrypt des_decrypt aes_encrypt
    aes_decrypt substring_index find_in_set field`,
  sqlFunction: `sleep ascii ord chr char nchar hex md5 sha1 sha2 version database schema user current_user session_user system_user count sum
    min max avg concat substring substr mid left right length len char_length bit_length octet_length lower upper lcase ucase
    trim ltrim rtrim reverse replace cast convert ifnull nullif isnull coalesce nvl if iif elt strcmp locate instr position lpad
    rpad floor rand round abs power pow exp ln log log2 mod now curdate curtime sysdate getdate current_date current_timestamp
    current_time to_char to_number to_date uuid bin oct char_index charindex patindex quotename db_name host_name suser_name
    user_name object_id col_name db_id crc32 compress uncompress inet_aton greatest least dayname month interval row exists
    xmlelement xmlagg decode encode format bit_and bit_or bit_xor std stddev variance space repeat export_set insert quote
    soundex sign pi degrees radians sin cos tan atan acos asin ceil ceiling truncate adddate addtime date_add date_sub datediff
    from_base64 to_base64 from_unixtime unix_timestamp get_lock is_free_lock release_lock connection_id master_pos_wait utc_date
    values default string lastval setval currval nextval generate_series regexp_like printf hex typeof likelihood total_changes
    changes quote glob json_extract json cot day hour minute second year week weekday quarter microsecond makedate maketime
    period_add sec_to_time`,
  sqlSystem: `msysobjects msysaces msysqueries master mysql schemata tbname rownum utl dual`,
  'sqlSystem+alone': `information_schema sysobjects syscolumns sysusers sysdatabases pg_catalog pg_user pg_shadow pg_database
    pg_tables pg_class pg_group pg_roles pg_authid pg_stat_activity pg_proc pg_namespace pg_attribute
    pg_type pg_views all_tables all_users all_objects all_tab_columns dba_users dba_tables dba_role_privs
    dba_sys_privs user_tables user_tab_columns user_objects user_role_privs user_sys_privs user_users sqlite_master sqlite_schema
    sqlite_temp_master sysibm syscat sysdummy1 systables sysprocedures sysxlogins table_name column_name
    table_schema sysadm sysprocesses v$version v$session v$database v$instance v$parameter information_schem`,
  'html+script': 'script javascript vbscript livescript jscript data adw',
  script: `alert confirm prompt eval document window settimeout setinterval function constructor fromcharcode expression location
    localstorage sessionstorage atob import execscript msgbox globalthis insertadjacenthtml parent top self this behavior binding`,
  tagHard: `script iframe object embed applet meta base svg link frameset frame style isindex xss math layer ilayer bgsound xml import
    html body form noembed noscript template marquee image animate set animatetransform animatemotion foreignobject handler listener use
    portal fencedframe plaintext xmp`,
  'shell+command': `cat ls id whoami uname wget curl ping nc ncat netcat bash sh zsh ksh csh dash ifconfig ipconfig netstat nslookup dig perl python python2 python3 ruby php lua node tftp ftp telnet ssh scp chmod chown rm mv cp mkdir touch kill ps pwd env printenv grep egrep awk sed tail head tac od xxd base64 hexdump crontab useradd adduser passwd sudo sendmail nmap powershell pwsh cmd dir netsh certutil bitsadmin systeminfo tasklist wmic mshta rundll32 regsvr32 cscript wscript gcc socat busybox phpinfo mknod mkfifo dd df traceroute tracert arp getent lsb_release lastlog du lsof xterm iptables ifup whereis zip gzip unzip bunzip2 zcat lynx aria2c`,
  shell: `ifs echo sleep sort more less who w find set print printf date time eval test expr read source alias history export exit start copy del move uptime watch
    xargs vi vim nano system exec shutdown reboot halt last which links mount reg net timeout mail type tar hostname ip rev`,
  path: `etc boot win winnt windows proc web inetpub wwwroot passwd shadow system32 var usr root ntuser meta apache apache2 httpd
    nginx php my global wp log logs opt home secrets users autoexec serviceaccount git svn env xampp wamp bash_profile`,
  'path+alone':
    'htaccess htpasswd id_rsa authorized_keys bash_history access_log error_log sudoers sam documents program',
  code: `system exec passthru shell_exec popen proc_open pcntl_exec assert preg_replace create_function call_user_func
    call_user_func_array include include_once require require_once base64_decode phpinfo file_get_contents file_put_contents
    fopen readfile highlight_file show_source gzinflate gzuncompress str_rot13 php_uname getenv php array_map print print_r
    var_dump die fputs fwrite unlink ini_set move_uploaded_file runtime processbuilder getruntime java javax classloader
    scriptengine ognl os subprocess getclass _memberaccess http_server_vars http_get_vars _server _get _post _request _cookie
    globals execsync spawnsync mainmodule allow_url_include auto_prepend_file nashorn invokertransformer
    annotationinvocationhandler`,
  'code+alone': '__import__ __class__ __mro__ __subclasses__ __globals__ __builtins__ __init__ __proto__ child_process',
  address: `file gopher dict php phar expect glob jar ldap ldaps netdoc ogg zlib zip rmi iiop tftp ssh2`,
  'address+web': `http https`,
  query: 'objectclass userpassword uid cn mail where',
  header: 'set content location http refresh bcc',
}

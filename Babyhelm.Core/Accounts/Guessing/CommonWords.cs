using System.Collections.Frozen;

namespace Babyhelm.Core.Accounts.Guessing;

/// <summary>
/// What passwords are mostly made of, in lower case: the words of public statistics of leaked passwords, first names, teams,
/// bands, figures, brands, places, role and system names, and words of other languages, Russian ones as typed on an English
/// keyboard. Chosen by hand: no list of leaked passwords, and no measure of how often each is used.
/// </summary>
internal static class CommonWords
{
    public static readonly FrozenSet<string> All = Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet();

    public static readonly int Longest = All.Max(w => w.Length);

    private const string Text = """
        password passwort passw pass passwd pwd passphrase welcome letmein changeme change secret default login signin logon access admin
        administrator administrateur root user guest test testing tester demo sample example temp temporary system sysadmin server
        service support manager master operator owner office company business customer client account database oracle postgres mysql
        linux ubuntu debian windows microsoft apple android google facebook twitter instagram youtube amazon ebay paypal netflix
        babyhelm kubernetes docker container cluster cloud github gitlab jenkins ansible cisco router network internet computer
        qwerty qwertz azerty qwert asdf asdfgh zxcvb zxcvbn abc abcd abcde aaa xxx
        iloveyou ilove iloveu loveyou loveme love lover lovely forever always babygirl babyboy baby honey sweet sweetheart sweety kiss
        kisses darling angel angels beautiful pretty princess prince queen king kingdom heart hearts friend friends friendship
        bestfriend girlfriend boyfriend family mother father mommy mummy daddy brother sister children birthday happy smile smiley
        monkey dragon tiger lion eagle eagles falcon falcons panther panthers wolf wolves bear bears shark dolphin dolphins horse
        horses rabbit kitty kitten cat cats dog dogs puppy doggie turtle snake spider spiderman butterfly buster scooby snoopy bird
        elephant chicken cow duck donald mickey mouse minnie bunny fish fishing hunter hunting
        football baseball basketball soccer hockey tennis golf golfer rugby cricket volleyball softball swimming running runner
        player coach champion team yankees redsox cowboys steelers packers raiders broncos patriots giants lakers bulls celtics
        chelsea liverpool arsenal everton manchester united barcelona realmadrid madrid juventus milan inter bayern dortmund
        galatasaray fenerbahce besiktas benfica porto ajax corinthians flamengo palmeiras santos boca celtic rangers spartak zenit
        dynamo ronaldo messi beckham rooney neymar jordan kobe bryant tyson gerrard henry torres
        superman batman superwoman wonderwoman ironman hulk joker robin naruto sasuke goku vegeta pokemon pikachu charizard mario
        luigi sonic zelda link minecraft fortnite roblox counterstrike counter strike callofduty warcraft starcraft diablo halo
        playstation xbox nintendo gamer games game matrix starwars startrek skywalker vader darth yoda jedi gandalf frodo hobbit
        lord rings harry potter harrypotter hogwarts hermione voldemort terminator rocky rambo bond jamesbond godzilla titanic
        metallica slipknot nirvana eminem rammstein ironmaiden iron maiden acdc greenday green day blink linkinpark linkin park
        pinkfloyd pink floyd beatles stones queen radiohead coldplay onedirection justin bieber justinbieber beyonce rihanna shakira
        michael jackson elvis presley bobmarley bob marley tupac shakur evanescence system down music musica guitar piano drummer
        rock rocks rockstar metal heavy punk hiphop rapper dance dancer dancing disco party
        summer winter spring autumn fall january february march april may june july august september october november december
        monday tuesday wednesday thursday friday saturday sunday morning night midnight today tomorrow yesterday season holiday
        christmas easter halloween newyear weekend
        sunshine shadow sunflower flower flowers rose roses lily daisy jasmine violet orchid rainbow moon moonlight star stars sun sky
        heaven hell paradise ocean sea beach island river mountain forest garden nature storm thunder lightning fire flame phoenix
        snow snowman ice water earth wind diamond diamonds gold golden silver crystal pearl ruby emerald sapphire
        red blue green yellow orange purple pink black white brown grey gray violet magenta blackbird blackjack blackcat bluesky
        redrose greentea blackdragon whitetiger bluemoon
        freedom liberty peace power powers energy force strong strength spirit soul mind magic magical mystery legend hero heroes
        ninja samurai warrior warriors soldier army navy marine marines killer sniper assassin pirate pirates cowboy knight wizard
        witch demon devil satan lucifer angelo ghost zombie vampire vampires twilight dracula monster beast death dead evil
        whatever nothing something anything everything nobody somebody anybody never forget remember idontknow dontknow hello hallo
        hola bonjour salut ciao helloworld world hellokitty goodbye goodmorning goodnight thankyou thanks please sorry okay yes
        fuck fucker fucking fuckyou fuckoff shit bitch asshole bastard pussy dick cock penis sex sexy sexygirl hotgirl porn nude naked
        bigdick suck sucks sucker slut whore damn crap cunt tits boobs boobies horny lesbian playboy penthouse
        cheese burger cheeseburger pizza pasta cookie cookies chocolate candy sugar honeybee banana apple apples orange lemon cherry
        strawberry blueberry peach peaches mango coconut tomato potato pepper ginger cinnamon vanilla coffee espresso cappuccino
        whiskey vodka tequila beer budweiser heineken corona guinness cocacola coca cola pepsi sprite fanta redbull snickers
        ferrari porsche mercedes benz bmw audi volkswagen toyota honda civic nissan mazda suzuki yamaha kawasaki ducati harley davidson
        harleydavidson chevrolet chevy camaro corvette mustang dodge viper charger lamborghini bugatti bentley jaguar subaru
        mitsubishi hyundai peugeot renault citroen opel skoda lexus tesla truck trucker driver racing racer nascar
        america american usa england english britain british scotland scottish ireland irish wales canada canadian australia germany
        german deutschland france french italy italia italian spain espana spanish portugal brazil brasil mexico argentina colombia
        venezuela chile peru russia russian ukraine poland polska turkey turkiye greece china chinese japan japanese korea india indian
        pakistan bangladesh indonesia malaysia singapore thailand vietnam philippines nigeria kenya africa egypt israel
        london paris berlin madrid rome moscow newyork york boston chicago dallas houston texas florida california arizona nevada
        vegas lasvegas hollywood losangeles miami seattle denver atlanta detroit philadelphia washington jersey brooklyn carolina
        virginia georgia alabama tennessee kentucky ohio michigan minnesota wisconsin colorado oregon hawaii alaska istanbul amsterdam
        sydney melbourne toronto vancouver montreal dublin glasgow birmingham
        michael michelle jennifer jessica ashley amanda samantha stephanie nicole elizabeth victoria veronica vanessa natalie natasha
        melissa rebecca rachel sarah hannah emily emma olivia sophia sophie isabella charlotte caroline christina christine catherine
        katherine kathleen kimberly kelly karen laura lauren linda lisa maria marie mary margaret martha monica nancy patricia
        pamela sandra sabrina sharon susan tiffany valerie alexandra alexander alexandre alexandria alejandro alejandra aleksandr
        aleksandra alex andrew andrea andreas andrey anthony antonio arthur benjamin bernard brandon brian charles charlie
        christian christopher christoph daniel daniela danielle david dennis dominic dominik eduardo edward eric fernando francesco
        francisco frank frederic gabriel gabriela george gerald giovanni gregory guillermo gustavo harold jacob james jason jeffrey
        jeremy john johnny jonathan jordan joseph joshua juan julian julia justin kenneth kevin lawrence leonardo lucas marcus mario
        mark martin martina matthew maximus maxwell michal miguel mohamed mohammed muhammad nathan nicholas nicolas oliver oscar
        patrick paul pedro peter philip rafael raymond ricardo richard robert roberto rodrigo roger ronald ryan samuel santiago
        sebastian sergey stephen steven stewart thomas timothy tyler vincent vladimir walter william zachary anastasia ekaterina
        svetlana tatiana natalia valentina konstantin nikolay dmitry ivan katya sasha masha dasha olga irina elena marina
        jesus jesuschrist christ christian church bible faith hope grace blessed blessing believe trust god godisgood ilovegod ilovejesus
        allah islam buddha krishna holy lord savior
        trustno trustnoone nomore noway lifeisgood life live living alive dream dreams dreamer dreaming lucky luck success winner
        winning money dollar dollars million millionaire billionaire rich cash bank boss chief captain general colonel major sergeant
        president doctor nurse teacher student school college university highschool class graduate engineer lawyer police
        firefighter pilot sailor farmer cowgirl
        enterprise engineering information international technology electronic electronics experience independent impossible incredible
        intelligence imagination development management marketing professional production communication construction connection
        controller generation revolution evolution destiny infinity eternity universe galaxy planet alpha omega delta gamma beta sigma
        helicopter airplane aircraft boeing rocket missile submarine titan atlas mercury venus saturn jupiter neptune apollo zeus
        hercules spartan spartacus trojan troy athena pandora
        motdepasse bonjour soleil chocolat doudou loulou nicolas amour jetaime passwort hallo schatz liebe geheim sommer
        contrasena contraseña teamo tequiero amor amorcito estrella mariposa corazon bonita princesa senha brasil parola segreto
        amore sempre ciaociao juventus forza wachtwoord welkom geheim haslo kochanie polska misiek parool salasana losenord
        sifre seniseviyorum canim askim kalimera agapi
        ghbdtn gfhjkm ljdthbt yfnfif vfrcbv fylhtq cthutq fktrcfylh ktyjxrf gjkbyf vfhbyf rjirf cjkysirj k.,jdm ghbdtngfhjkm ghjcnj
        parol privet lubov lubimaya zvezda solnce kotenok
        blahblah blah haha hahaha lol lmao omg wtf yolo swag cool awesome perfect super mega ultra turbo extreme crazy silly funny
        stupid idiot loser dumb genius smart clever
        tinkerbell cinderella pocahontas simba bambi stitch barbie spongebob patrick garfield simpsons bart homer southpark
        cartman family guy futurama doraemon hakunamatata abracadabra alohomora avadakedavra supercalifragilistic frankenstein
        """;
}
